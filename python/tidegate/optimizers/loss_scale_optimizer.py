"""An optimizer around another one that keeps small gradients from vanishing in float16."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..devices import array_module
from ..errors import message
from ..initializers import Constant
from ..tensor import Tensor, Variable
from .optimizer import Optimizer

__all__ = ["LossScaleOptimizer"]

# Arguments that older files hold, each with the only value that it may have.
_FIXED = {
    "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip


class LossScaleOptimizer(Optimizer):
    """Scales the loss so that float16 gradients do not vanish; the inner optimizer steps.

    The scale starts at ``initial_scale``; it doubles after ``dynamic_growth_steps`` steps with
    finite gradients, and halves, without a step, when one is not.

    Raises:
        ValueError: arguments that belong to the inner optimizer.

    >>> from tidegate.optimizers import SGD
    >>> float(LossScaleOptimizer(SGD(), initial_scale=8.0).scale_loss(0.5))
    4.0
    """

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                message(
                    "LossScaleOptimizer",
                    "dynamic=False is not served",
                    hint="set loss_scale_factor on the inner optimizer",
                )
            )
        for key, value in kwargs.items():
            if key not in _FIXED or value != _FIXED[key]:
                raise ValueError(
                    message(
                        "LossScaleOptimizer",
                        "this argument is not taken",
                        f"{key}={value!r}",
                        "set it on the inner optimizer",
                    )
                )
        super().__init__(0.0, name=name)
        self.inner_optimizer = inner_optimizer
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        # Gradients would be divided twice.
        inner_optimizer.loss_scale_factor = None

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the scale and its counter; build the inner optimizer."""
        if self.built:
            return
        weights = list(variables)
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable(
            (), Constant(self.initial_scale), "float32", name="dynamic_scale"
        )
        self.inner_optimizer.build(weights)
        super().build(weights)

    @property
    def variables(self) -> list[Variable]:
        """Own variables, then those of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        """How many steps the inner optimizer made."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's rate."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    def scale_loss(self, loss: Any) -> Any:
        """The loss times the present scale."""
        return loss * (float(self.dynamic_scale) if self.built else self.initial_scale)

    def _step(self, grads: Sequence[Any], variables: Sequence[Variable]) -> None:
        xp = array_module()
        values = [g._value if isinstance(g, Tensor) else xp.asarray(g) for g in grads]
        scale = float(self.dynamic_scale)
        if not all(bool(xp.isfinite(g).all()) for g in values):
            self.step_counter.assign(0)
            self.dynamic_scale.assign(scale * 0.5)
            return
        self.inner_optimizer.apply([Tensor(g / g.dtype.type(scale)) for g in values], variables)
        if int(self.step_counter) == self.dynamic_growth_steps - 1:
            self.step_counter.assign(0)
            self.dynamic_scale.assign(scale * 2.0)
        else:
            self.step_counter.assign_add(1)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """As the inner optimizer."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {
            "name": self.name,
            "inner_optimizer": serialize(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Optimizer:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        inner = deserialize(config["inner_optimizer"], custom_objects)
        return cls(**{**config, "inner_optimizer": inner})
