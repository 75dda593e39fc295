"""Lion."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from ..errors import message
from .optimizer import Optimizer

__all__ = ["Lion"]


class Lion(Optimizer):
    """The sign of a momentum.

    ``w -= lr * sign(beta_1 * m + (1 - beta_1) * g)``, ``m = beta_2 * m + (1 - beta_2) * g``.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023.

    Raises:
        ValueError: beta_1 outside (0, 1].

    >>> Lion().get_config()["beta_2"]
    0.99
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        if not 0 < beta_1 <= 1:
            raise ValueError(message("Lion", "beta_1 must be in (0, 1]", beta_1))
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """The momentum."""
        return (("momentum",),)

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        kind = w.dtype.type
        (m,) = slots
        beta_1, beta_2 = kind(self.beta_1), kind(self.beta_2)
        sign = array_module().sign(m * beta_1 + g * (1 - beta_1))
        return w - lr * sign, [m * beta_2 + g * (1 - beta_2)]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
        }
