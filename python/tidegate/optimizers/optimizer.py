"""The base of all optimizers: state, clipping arguments, and one call of the core per step."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter, is_
from typing import Any

from .._keras_names import OPTIMIZER_ATTRIBUTES
from .._lazy import missing_attribute
from ..arrays import Array
from ..devices import kernels
from ..errors import message, not_offered
from ..tensor import Tensor, Variable
from ..utils.naming import auto_name
from .changes import Changes, run_together
from .schedules import LearningRateSchedule
from .schedules import deserialize as deserialize_schedule
from .schedules import serialize as serialize_schedule
from .state import State
from .step import full_step

__all__ = ["Optimizer"]

_VALUE = attrgetter("_value")
_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


class Optimizer(State):
    """Base class of optimizers.

    A built-in rule either names its kernel in the core (``kind``) or is written out in ``rule``.
    An optimizer of your own writes ``build``, ``update_step`` and ``get_config``, as in Keras.

    Args:
        learning_rate: a float, a ``LearningRateSchedule``, or a callable without arguments.
        weight_decay: each weight loses this share, times the learning rate, before the step.
        clipnorm: each gradient is scaled to at most this L2 norm.
        clipvalue: each element of a gradient is clipped to [-clipvalue, clipvalue].
        global_clipnorm: all gradients together are scaled to at most this L2 norm.
        use_ema: keep running averages of the weights, ``ema_momentum * average + (1 -
            ema_momentum) * weight``; ``finalize_variable_values`` (``fit`` calls it) puts them in
            place of the weights, and so does every ``ema_overwrite_frequency``-th step.
        loss_scale_factor: the loss was multiplied by this; gradients are divided by it.
        gradient_accumulation_steps: the weights change at every so many steps, by the mean of the
            gradients since then.
        name: default by class.

    All of a step is written at once: an interrupt lands before or after it.

    Raises:
        ValueError: more than one of the clip arguments, numbers out of their range, a rate that is
            no float, unknown arguments.

    >>> class SignDescent(Optimizer):
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         self.assign_sub(variable, ops.sign(gradient) * learning_rate)
    >>> from tidegate import ops
    >>> w = Variable([1.0, 2.0])
    >>> SignDescent(0.5).apply([ops.convert_to_tensor([3.0, -0.1])], [w])
    >>> w.numpy()
    array([0.5, 2.5], dtype=float32)
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
        super().__init__()
        owner = type(self).__name__
        if kwargs.pop("decay", None) is not None:
            warnings.warn(
                "Argument `decay` is no longer supported and will be ignored.", stacklevel=2
            )
        if kwargs:
            raise ValueError(
                message(
                    owner, "unknown keyword arguments", ", ".join(kwargs), "see help(Optimizer)"
                )
            )
        self.name = name or auto_name(owner)
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self._clip = self._check_clips(owner)
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._check_counts(owner)
        self.built = False
        self._iterations = self.add_variable((), dtype="int32", name="iteration")
        self._learning_rate = self._rate(learning_rate)
        self._averages: list[Variable] = []
        self._accumulated_gradients: list[Variable] = []
        self._slots: list[list[Variable]] = []
        self._decays_by_weight: list[float] | None = None
        self._plain = False
        self.writes_update_step = type(self).update_step is not Optimizer.update_step

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

    def _check_counts(self, owner: str) -> None:
        steps = self.gradient_accumulation_steps
        if steps and not steps >= 2:
            raise ValueError(
                message(owner, "gradient_accumulation_steps must be an integer >= 2", steps)
            )
        if not self.use_ema:
            return
        if not 0 <= self.ema_momentum <= 1:
            raise ValueError(message(owner, "ema_momentum must be in [0, 1]", self.ema_momentum))
        every = self.ema_overwrite_frequency
        if every and (type(every) is not int or every < 1):
            raise ValueError(
                message(owner, "ema_overwrite_frequency must be an integer >= 1 or None", every)
            )

    def _rate(self, learning_rate: Any) -> Any:
        if callable(learning_rate):  # a schedule too
            return learning_rate
        if not isinstance(learning_rate, float):
            raise ValueError(
                message(
                    type(self).__name__,
                    "learning_rate must be a float, a LearningRateSchedule or a callable",
                    repr(learning_rate),
                )
            )
        return self.add_variable((), lambda shape, dtype: learning_rate, name="learning_rate")

    @property
    def iterations(self) -> Any:
        """How many updates of the weights were made."""
        if self.gradient_accumulation_steps:
            return Tensor(self._iterations._value // self.gradient_accumulation_steps)
        return self._iterations

    @property
    def learning_rate(self) -> Any:
        """The rate: a variable that can be set, or the present value of a schedule or callable."""
        rate = self._learning_rate
        if type(rate) is Variable:
            return rate
        return rate(self._iterations) if isinstance(rate, LearningRateSchedule) else rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        rate = self._learning_rate
        if callable(value):
            self._variables = [v for v in self._variables if v is not rate]
            self._learning_rate = value
        elif isinstance(rate, Variable):
            rate.assign(value)
        else:
            raise TypeError(
                message(
                    self.name,
                    "the rate of an optimizer that was made with a schedule or a callable cannot "
                    "be set to a number",
                    value,
                    "make the optimizer with a float learning_rate",
                )
            )

    def counters(self) -> list[Variable]:
        """The variables that are there before the first step: iteration, learning rate."""
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self._iterations, *rate]

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """Names of what is kept for each weight, written by subclasses.

        Keras makes the variables of one block weight by weight, block after block.
        """
        return ()

    def slot_start(self, name: str) -> Any:
        """The initializer of a slot."""
        return "zeros"

    def hyper(self) -> dict[str, float]:
        """The numbers of a rule of the core, without the learning rate; written by subclasses."""
        return {}

    def begin(self, step: int, changes: Changes) -> Any:
        """What a rule needs once per step, for all weights together; ``step`` counts from 1."""
        return None

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """New weight and slots from old ones, the gradient and the rate; written by subclasses."""
        raise NotImplementedError(
            message(self.name, f"{type(self).__name__} must write update_step")
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Change one variable by its gradient; written by optimizers outside this package."""
        raise NotImplementedError(
            message(self.name, f"{type(self).__name__} must write update_step")
        )

    def assign(self, variable: Variable, value: Any) -> None:
        """``variable.assign(value)``."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """``variable.assign_add(value)``."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """``variable.assign_sub(value)``."""
        variable.assign_sub(value)

    def build(self, variables: Iterable[Variable]) -> None:
        """Make what is kept for these variables, once."""
        if self.built:
            return
        self._trainable_variables = list(variables)
        weights = self._trainable_variables
        self._index = {id(v): i for i, v in enumerate(weights)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(weights, "average")
        if self.gradient_accumulation_steps:
            self._accumulated_gradients = self.add_optimizer_variables(
                weights, "gradient_accumulator"
            )
        self._slots = self._make_slots(weights)
        decays = [self.decay_of(v) for v in weights]
        self._decays_by_weight = decays if any(decays) else None
        self._plain = bool(self.kind) and not (
            self.writes_update_step
            or self.use_ema
            or self.gradient_accumulation_steps
            or any(v.constraint is not None for v in weights)
        )
        self.built = True

    def _make_slots(self, weights: list[Variable]) -> list[list[Variable]]:
        slots: list[list[Variable]] = [[] for _ in weights]
        for block in self.slot_blocks():
            for variable, own in zip(weights, slots, strict=True):
                for name in block:
                    start = self.slot_start(name)
                    own.append(self.add_variable_from_reference(variable, name, start))
        return slots

    def decay_of(self, variable: Variable) -> float:
        """The weight decay of this variable."""
        decay = self.weight_decay
        return float(decay) if decay is not None and self._decays(variable) else 0.0

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """One step from pairs of gradient and variable; returns the counter of steps."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

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
        if len(grads) == 0:
            return
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    message(
                        self.name,
                        "apply without variables needs a built optimizer",
                        hint="call optimizer.build(trainable_variables) first",
                    )
                )
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
        values = [g._value if type(g) is Tensor else _array(g) for g in grads]
        if not self._plain or self.loss_scale_factor is not None:
            full_step(self, values, variables)
            return
        hyper = self.hyper()
        hyper["learning_rate"] = float(self.learning_rate)
        decays = self._decays_by_weight
        if decays is not None and owned is not self._slots:
            decays = [self.decay_of(variable) for variable in variables]
        # Bumped before as well: weights packed by another thread during the step are not kept.
        for variable in variables:
            variable.version += 1
        step = partial(
            kernels().optimizer_step,
            self.kind,
            list(map(_VALUE, variables)),
            values,
            [list(map(_VALUE, slots)) for slots in owned],
            hyper,
            int(self._iterations),
            self._clip,
            *([] if decays is None else [decays]),
        )
        count = partial(self._iterations.array.__iadd__, 1)
        try:
            run_together(step, count)
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

    def scale_loss(self, loss: Any) -> Any:
        """The loss times ``loss_scale_factor``, if there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def averages(self) -> list[tuple[Variable, Variable]]:
        """Pairs of weight and running average, with ``use_ema``."""
        return list(zip(self._trainable_variables, self._averages, strict=False))

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """With ``use_ema``: the running averages take the place of the weights.

        Raises:
            ValueError: another number of variables than the optimizer was built with.
        """
        if not self.use_ema:
            return
        if len(var_list) != len(self._averages):
            raise ValueError(
                message(
                    self.name,
                    f"there are averages of {len(self._averages)} variables",
                    f"{len(var_list)} variables",
                )
            )
        changes = Changes()
        for variable, average in zip(var_list, self._averages, strict=True):
            changes[variable] = average._value.copy()
        changes.commit()

    def __getattr__(self, name: str) -> Any:
        raise missing_attribute(self, name, OPTIMIZER_ATTRIBUTES)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            rate = serialize_schedule(rate)
        elif isinstance(rate, Variable):
            rate = float(rate)
        else:
            raise not_offered(self.name, "get_config of a callable learning_rate")
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Optimizer:
        """The inverse of ``get_config``."""
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": deserialize_schedule(rate, custom_objects)}
        return cls(**config)


def _array(gradient: Any) -> Any:
    from ..arrays import as_array

    return as_array(gradient)
