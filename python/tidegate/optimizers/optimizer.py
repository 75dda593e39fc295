"""The base of all optimizers: state, clipping arguments, and one call of the core per step."""

from __future__ import annotations

import copy
import warnings
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter, is_
from typing import Any

from .._keras_names import OPTIMIZER_ATTRIBUTES
from .._lazy import missing_attribute
from ..devices import kernels
from ..errors import message, not_offered
from ..tensor import Tensor, Variable
from ..utils.naming import auto_name
from ..utils.serialization import refuse_arguments

__all__ = ["Optimizer"]

_CALL = partial.__call__
_VALUE = attrgetter("_value")
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


class Optimizer:
    """Base class of optimizers: a subclass names its kernel, its slots and its numbers.

    Args:
        learning_rate: a float, or a callable without arguments that gives one.
        weight_decay: each weight loses this share, times the learning rate, before the step.
        clipnorm: each gradient is scaled to at most this L2 norm.
        clipvalue: each element of a gradient is clipped to [-clipvalue, clipvalue].
        global_clipnorm: all gradients together are scaled to at most this L2 norm.
        name: default by class.

    The other arguments of Keras (use_ema, loss_scale_factor, gradient_accumulation_steps,
    schedules) are not offered yet and say so.

    One step is one call of the core over all variables: an interrupt lands before or after it.

    Raises:
        ValueError: more than one of the clip arguments, a rate that is no number.
    """

    kind = ""  # name of the kernel in the core

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        owner = type(self).__name__
        if kwargs:
            raise ValueError(
                message(
                    owner, "unknown keyword arguments", ", ".join(kwargs), "see help(Optimizer)"
                )
            )
        refuse_arguments(
            owner,
            use_ema=use_ema,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
        )
        self.name = name or auto_name(owner)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self._clip = self._check_clips(owner)
        self.built = False
        self.iterations = Variable(0, shape=(), dtype="int64", trainable=False, name="iteration")
        self._learning_rate = self._rate(learning_rate)
        self._trainable_variables: list[Variable] = []
        self._slots: list[list[Variable]] = []
        self._index: dict[int, int] = {}

    def _check_clips(self, owner: str) -> tuple[str, float]:
        given = {name: getattr(self, name) for name in _CLIPS if getattr(self, name) is not None}
        if len(given) > 1:
            raise ValueError(
                message(owner, "at most one of clipnorm, clipvalue, global_clipnorm", given)
            )
        for name, value in given.items():
            if not value > 0:
                raise ValueError(message(owner, f"{name} must be above 0", value))
            return name, float(value)
        return "none", 0.0

    def _rate(self, learning_rate: Any) -> Any:
        if isinstance(learning_rate, Variable) or callable(learning_rate):
            return learning_rate
        if isinstance(learning_rate, (str, dict)) or not hasattr(learning_rate, "__float__"):
            raise ValueError(
                message(
                    type(self).__name__,
                    "learning_rate must be a float or a callable that gives one",
                    repr(learning_rate),
                )
            )
        return Variable(
            float(learning_rate), shape=(), dtype="float32", trainable=False, name="learning_rate"
        )

    @property
    def learning_rate(self) -> Any:
        """The rate as a variable (or, from a callable, its present value); it can be set."""
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value) or not isinstance(self._learning_rate, Variable):
            self._learning_rate = self._rate(value)
        else:
            self._learning_rate.assign(float(value))

    @property
    def variables(self) -> list[Variable]:
        """Iteration, learning rate, then the slots in Keras' order."""
        return [*self.counters(), *self._ordered_slots()]

    def counters(self) -> list[Variable]:
        """The variables that are there before the first step: iteration, learning rate."""
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self.iterations, *rate]

    def _ordered_slots(self) -> list[Variable]:
        # In blocks: all first slots, then all second ones.
        return [slot for column in zip(*self._slots, strict=True) for slot in column]

    def slot_names(self) -> tuple[str, ...]:
        """Names of what is kept for each weight; written by subclasses."""
        return ()

    def hyper(self) -> dict[str, float]:
        """The numbers of the rule, without the learning rate; written by subclasses."""
        return {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        new = object.__new__(type(self))
        memo[id(self)] = new
        new.__dict__.update({key: copy.deepcopy(value, memo) for key, value in vars(self).items()})
        # The slots are found by the identity of the weight.
        new._index = {id(memo[key]): place for key, place in self._index.items()}
        return new

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots for these variables, once."""
        if self.built:
            return
        self._trainable_variables = list(variables)
        self._index = {id(v): i for i, v in enumerate(self._trainable_variables)}
        self._slots = [
            [self._slot(variable, name) for name in self.slot_names()]
            for variable in self._trainable_variables
        ]
        self.built = True

    def _slot(self, variable: Variable, name: str) -> Variable:
        slot = Variable("zeros", shape=variable.shape, dtype=variable.dtype, trainable=False)
        slot.name = f"{variable.path.replace('/', '_')}_{name}"
        slot.path = f"{self.name}/{slot.name}"
        return slot

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> int:
        """One step from pairs of gradient and variable; returns the number of steps done."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return int(self.iterations)

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step: change the variables by their gradients.

        Args:
            grads: one tensor (or array) per variable; None where there is no gradient.
            trainable_variables: default those of the last call; the first call builds the slots.

        Raises:
            ValueError: no gradient at all, another number of gradients than of variables, a
                variable that the optimizer was not built with.
        """
        if trainable_variables is None:
            trainable_variables = self._trainable_variables
        elif not self.built:
            self.build(trainable_variables)
        if len(grads) != len(trainable_variables):
            raise ValueError(
                message(
                    self.name,
                    "there must be one gradient per variable",
                    f"{len(grads)} gradients, {len(trainable_variables)} variables",
                )
            )
        for gradient in grads:
            if gradient is None:
                grads, trainable_variables = self._present(grads, trainable_variables)
                break
        self._step(grads, trainable_variables)

    def _present(
        self, grads: Sequence[Any], variables: Sequence[Variable]
    ) -> tuple[list[Any], list[Variable]]:
        """The gradients that there are, and their variables; a warning for the others."""
        pairs = list(zip(grads, variables, strict=True))
        self._check_missing([v for g, v in pairs if g is None], variables)
        kept = [(g, v) for g, v in pairs if g is not None]
        return [g for g, _ in kept], [v for _, v in kept]

    def _check_missing(self, missing: list[Variable], variables: Sequence[Variable]) -> None:
        if len(missing) == len(variables):
            raise ValueError(message(self.name, "no gradients provided for any variable"))
        warnings.warn(
            f"Gradients do not exist for variables {[v.path for v in missing]} when minimizing "
            "the loss. If using `model.compile()`, did you forget to provide a `loss` argument?",
            stacklevel=5,
        )

    def _step(self, grads: Sequence[Any], variables: Sequence[Variable]) -> None:
        owned = self._slots_of(variables)
        hyper = self.hyper()
        hyper["learning_rate"] = float(self.learning_rate)
        # Bumped before as well: weights packed by another thread during the step are not kept.
        for variable in variables:
            variable.version += 1
        step = partial(
            kernels().optimizer_step,
            self.kind,
            list(map(_VALUE, variables)),
            [g._value if type(g) is Tensor else _array(g) for g in grads],
            [list(map(_VALUE, slots)) for slots in owned],
            hyper,
            int(self.iterations),
            self._clip,
            *([] if self.weight_decay is None else [[float(self.weight_decay)] * len(variables)]),
        )
        count = partial(self.iterations.array.__iadd__, 1)
        try:
            # The weights and the counter change in one go of C code: Python runs signal handlers
            # between two of its own instructions only, so Ctrl-C cannot separate the two.
            deque(map(_CALL, (step, count)), maxlen=0)
        finally:
            for variable in variables:
                variable.version += 1

    def _slots_of(self, variables: Sequence[Variable]) -> list[list[Variable]]:
        own = self._trainable_variables
        if len(variables) == len(own) and all(map(is_, variables, own)):
            return self._slots
        unknown = [v.path for v in variables if id(v) not in self._index]
        if unknown:
            raise ValueError(
                message(
                    self.name,
                    "an optimizer serves the variables that it was built with",
                    f"unknown {unknown}",
                    "make a new optimizer, or call build with all variables before the first step",
                )
            )
        return [self._slots[self._index[id(v)]] for v in variables]

    def __getattr__(self, name: str) -> Any:
        raise missing_attribute(self, name, OPTIMIZER_ATTRIBUTES)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        rate = self.learning_rate
        if not isinstance(self._learning_rate, Variable):
            raise not_offered(self.name, "get_config of a callable learning_rate")
        return {
            "name": self.name,
            "learning_rate": float(rate),
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": False,
            "ema_momentum": 0.99,
            "ema_overwrite_frequency": None,
            "loss_scale_factor": None,
            "gradient_accumulation_steps": None,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """The inverse of ``get_config``."""
        return cls(**config)


def _array(gradient: Any) -> Any:
    from ..arrays import as_array

    return as_array(gradient)
