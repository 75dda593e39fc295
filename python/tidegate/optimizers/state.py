"""The variables of an optimizer, in Keras' order: counter, rate, averages, accumulators, slots."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import message
from ..tensor import Variable

__all__ = ["State"]


class State:
    """The part of ``Optimizer`` that makes, lists, saves and restores its variables."""

    name: str
    built: bool

    def __init__(self) -> None:
        self._variables: list[Variable] = []
        self._trainable_variables: list[Variable] = []
        self._index: dict[int, int] = {}
        self._excluded: dict[int, Variable] = {}
        self._excluded_names: re.Pattern[str] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_index": {}, "_excluded": list(self._excluded.values())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Of a pickle and of a deep copy: slots are found by the identity of the new weights.
        self.__dict__.update(state)
        self._index = {id(v): place for place, v in enumerate(self._trainable_variables)}
        self._excluded = {id(v): v for v in state["_excluded"]}

    @property
    def variables(self) -> list[Variable]:
        """Iteration, learning rate, then what is kept for the weights, in Keras' order."""
        return list(self._variables)

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A variable of this optimizer; ``aggregation`` and ``layout`` have no effect here."""
        variable = Variable(
            initializer, shape=tuple(shape), dtype=dtype, trainable=False, name=name
        )
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A variable of the shape and dtype of a weight, named after it."""
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            name=f"{reference_variable.path.replace('/', '_')}_{name or 'var'}",
        )

    def add_optimizer_variables(
        self,
        trainable_variables: Iterable[Variable],
        name: str | Sequence[str],
        initializer: Any = "zeros",
    ) -> Any:
        """One variable per weight; for several names one list each, interleaved weight by weight.

        Raises:
            ValueError: another number of initializers than of names.
        """
        names = [name] if isinstance(name, str) else list(name)
        several = isinstance(initializer, (list, tuple))
        starts = list(initializer) if several else [initializer] * len(names)
        if len(names) != len(starts):
            raise ValueError(
                message(
                    self.name,
                    "there must be one initializer per name",
                    f"name={name!r}, initializer={initializer!r}",
                )
            )
        made: tuple[list[Variable], ...] = tuple([] for _ in names)
        for variable in trainable_variables:
            for column, own, start in zip(made, names, starts, strict=True):
                column.append(self.add_variable_from_reference(variable, own, start))
        return made[0] if isinstance(name, str) else made

    def _get_variable_index(self, variable: Variable) -> int:
        return self._index[id(variable)]

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Name the weights that do not decay, before the first step.

        Args:
            var_list: the weights themselves.
            var_names: regular expressions; a weight whose name one of them finds is left out.

        Raises:
            ValueError: the optimizer is built.

        >>> from tidegate.optimizers import AdamW
        >>> AdamW().exclude_from_weight_decay(var_names=["bias"])
        """
        if self.built:
            raise ValueError(
                message(
                    self.name,
                    "exclude_from_weight_decay comes before the optimizer is built",
                    "an optimizer that is built",
                )
            )
        self._excluded = {id(variable): variable for variable in var_list or ()}
        names = list(var_names or ())
        self._excluded_names = re.compile("|".join(set(names))) if names else None

    def _decays(self, variable: Variable) -> bool:
        if id(variable) in self._excluded:
            return False
        pattern = self._excluded_names
        return pattern is None or pattern.search(variable.name) is None

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replace the values of ``variables``.

        Raises:
            ValueError: the optimizer is not built, a value of another shape.
        """
        if not self.built:
            raise ValueError(
                message(
                    self.name,
                    "set_weights needs a built optimizer",
                    hint="call optimizer.build(trainable_variables) first",
                )
            )
        for variable, weight in zip(self.variables, weights, strict=False):
            variable.assign(weight)

    def save_own_variables(self, store: Any) -> None:
        """Put the values into a mapping, under "0", "1", ..."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """The inverse of ``save_own_variables``; another number of values warns and is skipped."""
        variables = self.variables
        if len(store.keys()) != len(variables):
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}', because it has "
                f"{len(variables)} variables whereas the saved optimizer has "
                f"{len(store.keys())} variables.",
                stacklevel=2,
            )
            return
        for i, variable in enumerate(variables):
            variable.assign(store[str(i)])
