"""Follow the regularized leader."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from ..errors import message
from ..initializers import Constant
from .optimizer import Optimizer

__all__ = ["Ftrl"]


class Ftrl(Optimizer):
    """Follow the regularized leader, for sparse linear models.

    ``n' = n + g**2``, ``z += g + 2 s w - (n'**-p - n**-p) / lr * w`` with p the
    ``learning_rate_power`` and s ``l2_shrinkage_regularization_strength``;
    ``w = (clip(z, -l1, l1) - z) / (n'**-p / lr + 2 (l2 + beta / (2 lr)))``.

    Source: McMahan et al., "Ad click prediction: a view from the trenches", KDD 2013.

    Raises:
        ValueError: a strength or a start below 0, a power above 0.

    >>> Ftrl().get_config()["learning_rate_power"]
    -0.5
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
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
        super().__init__(
            learning_rate,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            use_ema,
            ema_momentum,
            ema_overwrite_frequency,
            loss_scale_factor,
            gradient_accumulation_steps,
            name,
            **kwargs,
        )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta
        self._check()

    def _check(self) -> None:
        if self.learning_rate_power > 0:
            raise ValueError(
                message("Ftrl", "learning_rate_power must be at most 0", self.learning_rate_power)
            )
        for name in (
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
        ):
            if getattr(self, name) < 0:
                raise ValueError(message("Ftrl", f"{name} must be at least 0", getattr(self, name)))

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """Sum of squares and linear term."""
        return (("accumulator", "linear"),)

    def slot_start(self, name: str) -> Any:
        """The sum of squares starts at ``initial_accumulator_value``."""
        return Constant(self.initial_accumulator_value) if name == "accumulator" else "zeros"

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        kind = w.dtype.type
        total, linear = slots
        power = kind(-self.learning_rate_power)
        l2 = kind(self.l2_regularization_strength) + kind(self.beta) / (2 * lr)
        shrunk = g + kind(2 * self.l2_shrinkage_regularization_strength) * w
        new_total = total + g * g
        linear = linear + shrunk - (new_total**power - total**power) / lr * w
        quadratic = new_total**power / lr + 2 * l2
        l1 = kind(self.l1_regularization_strength)
        return (array_module().clip(linear, -l1, l1) - linear) / quadratic, [new_total, linear]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "learning_rate_power": self.learning_rate_power,
            "initial_accumulator_value": self.initial_accumulator_value,
            "l1_regularization_strength": self.l1_regularization_strength,
            "l2_regularization_strength": self.l2_regularization_strength,
            "l2_shrinkage_regularization_strength": self.l2_shrinkage_regularization_strength,
            "beta": self.beta,
        }
