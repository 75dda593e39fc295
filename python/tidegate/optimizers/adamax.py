"""Adam with the largest gradient in place of the second moment."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from .optimizer import Optimizer

__all__ = ["Adamax"]


class Adamax(Optimizer):
    """Adam with an infinity norm.

    ``m += (g - m) * (1 - beta_1)``, ``u = max(beta_2 * u, abs(g))``,
    ``w -= lr * m / ((1 - beta_1**t) * (u + epsilon))``.

    Source: Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 7.

    >>> Adamax().get_config()["beta_2"]
    0.999
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """First moment and infinity norm."""
        return (("momentum", "norm"),)

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        xp, kind = array_module(), w.dtype.type
        m, u = slots
        m = m + (g - m) * kind(1 - self.beta_1)
        u = xp.maximum(kind(self.beta_2) * u, xp.abs(g))
        bias = 1 - kind(self.beta_1) ** kind(step)
        return w - lr * m / (bias * (u + kind(self.epsilon))), [m, u]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
