"""Different optimizers for different weights."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..errors import message
from ..tensor import Variable
from .loss_scale_optimizer import LossScaleOptimizer
from .optimizer import Optimizer

__all__ = ["MultiOptimizer", "OptimizerMap"]


class OptimizerMap:
    """Optimizers by the path of a weight: the exact path, or a regular expression for all of it.

    Raises:
        TypeError: a default that is no optimizer, a map that is no dict.
        ValueError: a path that several expressions match, a key that is there already.

    >>> from tidegate.optimizers import SGD, Adam
    >>> found = OptimizerMap(Adam(name="a"), {"encoder/.*": SGD(name="s")})
    >>> found["encoder/kernel"].name, found["dense/kernel"].name
    ('s', 'a')
    """

    def __init__(self, default_optimizer: Any, optimizer_map: Any = None) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                message("OptimizerMap", "default_optimizer must be an Optimizer", default_optimizer)
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(message("OptimizerMap", "optimizer_map must be a dict", optimizer_map))
        self._default = default_optimizer
        self._map: dict[str, Optimizer] = optimizer_map or {}

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of the weights that no key matches."""
        return self._default

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._map:
            return self._map[key]
        matching = [pattern for pattern in self._map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(message("OptimizerMap", f"several keys match {key!r}", matching))
        return self._map[matching[0]] if matching else self._default

    def __setitem__(self, key: Any, optimizer: Any) -> None:
        if key in self._map:
            raise ValueError(message("OptimizerMap", "each key is set once", repr(key)))
        if not isinstance(key, str):
            raise ValueError(message("OptimizerMap", "a key must be a string", repr(key)))
        _check_inner(optimizer)
        self._map[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._map[key]

    def __len__(self) -> int:
        return len(self._map)

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def values(self) -> Iterable[Optimizer]:
        """The optimizers, without the default."""
        return self._map.values()

    def __call__(self, variable: Variable) -> Optimizer:
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {
            "default_optimizer": serialize(self._default),
            "optimizer_map": {key: serialize(value) for key, value in self._map.items()},
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> OptimizerMap:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        found = {k: deserialize(v, custom_objects) for k, v in config["optimizer_map"].items()}
        return cls(deserialize(config["default_optimizer"], custom_objects), found)


def _check_inner(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer) or isinstance(
        optimizer, (LossScaleOptimizer, MultiOptimizer)
    ):
        raise ValueError(
            message(
                "MultiOptimizer",
                "each weight needs an Optimizer that is no LossScaleOptimizer or MultiOptimizer",
                repr(optimizer),
            )
        )


class MultiOptimizer(Optimizer):
    """Hands each weight to an optimizer of its own.

    Args:
        optimizer_map: an ``OptimizerMap``, or a callable that gives an optimizer for a variable.
        loss_scale_factor: takes the place of that of all of them.

    Raises:
        AttributeError: ``learning_rate``, which each of ``optimizers`` has for itself.

    >>> from tidegate.optimizers import SGD
    >>> len(MultiOptimizer(OptimizerMap(SGD())).optimizers)
    1
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        self._inner: list[Optimizer] = []
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self._optimizer_map = optimizer_map
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._take(optimizer)

    def _take(self, optimizer: Optimizer) -> int:
        for i, known in enumerate(self._inner):
            if known is optimizer:
                return i
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner.append(optimizer)
        return len(self._inner) - 1

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers in use."""
        return self._inner

    @property
    def variables(self) -> list[Variable]:
        """Own variables, then those of each optimizer."""
        return [*self._variables, *(v for inner in self._inner for v in inner.variables)]

    @property
    def learning_rate(self) -> Any:
        """Each of ``optimizers`` has its own."""
        raise AttributeError(message(self.name, "learning_rate is that of each of .optimizers"))

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError(message(self.name, "learning_rate is set on each of .optimizers"))

    def build(self, variables: Iterable[Variable]) -> None:
        """Choose an optimizer for each variable and build them."""
        if self.built:
            return
        weights = list(variables)
        self._place: dict[int, int] = {}
        for variable in weights:
            optimizer = self._optimizer_map(variable)
            _check_inner(optimizer)
            self._place[id(variable)] = self._take(optimizer)
        for optimizer, own in self._shares(weights):
            optimizer.build(own)
        super().build(weights)

    def _shares(self, weights: Sequence[Variable]) -> Iterator[tuple[Optimizer, list[Variable]]]:
        for i, optimizer in enumerate(self._inner):
            own = [v for v in weights if self._place[id(v)] == i]
            if own:
                yield optimizer, own

    def _step(self, grads: Sequence[Any], variables: Sequence[Variable]) -> None:
        self._slots_of(variables)
        by_variable = {id(v): g for v, g in zip(variables, grads, strict=True)}
        for optimizer, own in self._shares(variables):
            optimizer.apply([by_variable[id(v)] for v in own], own)
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """As each of the optimizers."""
        for optimizer, own in self._shares(var_list):
            optimizer.finalize_variable_values(own)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from ..utils.serialization import serialize

        return {
            "optimizer_map": serialize(self._optimizer_map, "keras.optimizers"),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Optimizer:
        """The inverse of ``get_config``."""
        inner = OptimizerMap.from_config(config["optimizer_map"]["config"], custom_objects)
        return cls(**{**config, "optimizer_map": inner})
