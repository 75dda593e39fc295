"""Learning rates that depend on the step: ``keras.optimizers.schedules``."""

from __future__ import annotations

import math
from typing import Any

from ..arrays import Array, as_array
from ..config import floatx
from ..devices import array_module
from ..errors import message
from ..tensor import Tensor
from ..utils import serialization

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule:
    """Base class: ``__call__(step)`` gives the rate, ``step`` counting from 0.

    >>> class Inverse(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 / (step + 1)
    >>> from tidegate.optimizers import SGD
    >>> round(float(SGD(Inverse()).learning_rate), 4)
    0.1
    """

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError(
            message("schedule", f"{type(self).__name__} must write __call__(step)")
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments; written by subclasses that are saved."""
        raise NotImplementedError(
            message("schedule", f"{type(self).__name__} must write get_config")
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        """The inverse of ``get_config``."""
        return cls(**config)


class _Formula(LearningRateSchedule):
    """One whose rate is a formula of the step, in floatx; ``arguments`` are those of __init__."""

    arguments: tuple[str, ...] = ()

    def __call__(self, step: Any) -> Tensor:
        kind = floatx()
        # `floatx` values all through, as in Keras: a float64 step would give other last bits.
        return Tensor(array_module().asarray(self.rate(as_array(step).astype(kind)), dtype=kind))

    def rate(self, step: Array) -> Any:
        """The rate at a step; written by subclasses."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {name: getattr(self, name) for name in self.arguments}

    def _check_positive(self, name: str) -> None:
        if getattr(self, name) <= 0:
            raise ValueError(
                message(type(self).__name__, f"{name} must be above 0", getattr(self, name))
            )


class ExponentialDecay(_Formula):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    ``staircase`` takes the whole part of the exponent.

    Raises:
        ValueError: decay_steps not above 0.

    >>> round(float(ExponentialDecay(0.1, 10, 0.5)(20)), 4)
    0.025
    """

    arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        self._check_positive("decay_steps")

    def rate(self, step: Array) -> Any:
        """The rate at a step."""
        p = step / step.dtype.type(self.decay_steps)
        if self.staircase:
            p = array_module().floor(p)
        return self.initial_learning_rate * step.dtype.type(self.decay_rate) ** p


class InverseTimeDecay(_Formula):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    ``staircase`` takes the whole part of ``step / decay_steps``.

    Raises:
        ValueError: decay_steps not above 0.

    >>> round(float(InverseTimeDecay(0.1, 10, 1.0)(10)), 4)
    0.05
    """

    arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase", "name")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        self._check_positive("decay_steps")

    def rate(self, step: Array) -> Any:
        """The rate at a step."""
        p = step / step.dtype.type(self.decay_steps)
        if self.staircase:
            p = array_module().floor(p)
        return self.initial_learning_rate / (1 + self.decay_rate * p)


class PiecewiseConstantDecay(_Formula):
    """``values[i]`` up to and including step ``boundaries[i]``, the last value after that.

    Raises:
        ValueError: not one value more than boundaries.

    >>> schedule = PiecewiseConstantDecay([10], [1.0, 0.5])
    >>> float(schedule(10)), float(schedule(11))
    (1.0, 0.5)
    """

    arguments = ("boundaries", "values", "name")

    def __init__(self, boundaries: Any, values: Any, name: str = "PiecewiseConstant") -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                message(
                    "PiecewiseConstantDecay",
                    "there must be one value more than boundaries",
                    f"{len(boundaries)} boundaries, {len(values)} values",
                )
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def rate(self, step: Array) -> Any:
        """The rate at a step."""
        bounds = as_array(list(self.boundaries)).astype(step.dtype)
        return as_array(list(self.values))[bounds.searchsorted(step, side="left")]


class PolynomialDecay(_Formula):
    """``(initial - end) * (1 - step / decay_steps) ** power + end``, from decay_steps on ``end``.

    ``cycle`` starts over with a longer decay: decay_steps times the cycles begun.

    Raises:
        ValueError: decay_steps not above 0.

    >>> round(float(PolynomialDecay(0.1, 10, end_learning_rate=0.0)(5)), 4)
    0.05
    """

    arguments = (
        "initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle", "name",
    )  # fmt: skip

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        self._check_positive("decay_steps")

    def rate(self, step: Array) -> Any:
        """The rate at a step."""
        xp, kind = array_module(), step.dtype.type
        steps = kind(self.decay_steps)
        if self.cycle:
            steps = steps * xp.where(step == 0, kind(1), xp.ceil(step / steps))
        else:
            step = xp.minimum(step, steps)
        start, end = kind(self.initial_learning_rate), kind(self.end_learning_rate)
        return (start - end) * (1 - step / steps) ** kind(self.power) + end


class CosineDecay(_Formula):
    """Half a cosine from ``initial_learning_rate`` to ``alpha`` times it, over ``decay_steps``.

    With ``warmup_target`` the rate first rises to it in a line over ``warmup_steps``, and the
    cosine starts there.

    Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.

    Raises:
        ValueError: decay_steps not above 0.

    >>> round(float(CosineDecay(0.1, 10)(5)), 4)
    0.05
    """

    arguments = (
        "initial_learning_rate", "decay_steps", "alpha", "name", "warmup_target", "warmup_steps",
    )  # fmt: skip

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        self._check_positive("decay_steps")

    def rate(self, step: Array) -> Any:
        """The rate at a step."""
        xp, kind = array_module(), step.dtype.type
        steps, start = kind(self.decay_steps), kind(self.initial_learning_rate)
        if self.warmup_target is None:
            return self._decayed(xp.minimum(step, steps), steps, start)
        target, warmup = kind(self.warmup_target), kind(self.warmup_steps)
        step = xp.minimum(step, steps + warmup)
        rising = (target - start) * (step / (warmup or kind(1))) + start
        return xp.where(step < warmup, rising, self._decayed(step - warmup, steps, target))

    def _decayed(self, step: Array, steps: Any, start: Any) -> Any:
        cosine = 0.5 * (1.0 + array_module().cos(step.dtype.type(math.pi) * (step / steps)))
        return start * ((1 - self.alpha) * cosine + self.alpha)


class CosineDecayRestarts(_Formula):
    """Half cosines one after the other, each ``t_mul`` as long and ``m_mul`` as high as the last.

    Source: as ``CosineDecay``.

    Raises:
        ValueError: first_decay_steps not above 0.

    >>> float(CosineDecayRestarts(0.5, 10, t_mul=1.0)(10))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self._t_mul = t_mul
        self._m_mul = m_mul
        self.alpha = alpha
        self.name = name
        self._check_positive("first_decay_steps")

    def rate(self, step: Array) -> Any:
        """The rate at a step."""
        xp, kind = array_module(), step.dtype.type
        longer, higher, alpha = kind(self._t_mul), kind(self._m_mul), kind(self.alpha)
        done = step / kind(self.first_decay_steps)
        if longer == 1:
            restarts = xp.floor(done)
            done = done - restarts
        else:
            restarts = xp.floor(xp.log(1 - done * (1 - longer)) / xp.log(longer))
            done = (done - (1 - longer**restarts) / (1 - longer)) / longer**restarts
        cosine = 0.5 * higher**restarts * (1 + xp.cos(kind(math.pi) * done))
        return kind(self.initial_learning_rate) * ((1 - alpha) * cosine + alpha)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps,
            "t_mul": self._t_mul,
            "m_mul": self._m_mul,
            "alpha": self.alpha,
            "name": self.name,
        }


_TABLE: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )
}


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """A schedule as a dict.

    >>> serialize(CosineDecay(0.1, 10))["class_name"]
    'CosineDecay'
    """
    return serialization.serialize(learning_rate_schedule, "keras.optimizers.schedules")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    table = {**_TABLE, **(custom_objects or {})}
    return serialization.deserialize(config, table, (), "schedule")
