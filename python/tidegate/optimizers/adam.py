"""Adam."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer

__all__ = ["Adam"]


class Adam(Optimizer):
    """Adaptive moment estimation.

    ``m += (g - m) * (1 - beta_1)``, ``v += (g**2 - v) * (1 - beta_2)``,
    ``w -= lr * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)``.
    With ``amsgrad`` the largest v so far takes the place of v.

    Source: Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    >>> Adam().get_config()["learning_rate"]
    0.0010000000474974513
    """

    kind = "adam"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """First and second moments, interleaved; then the largest second ones, if asked for."""
        pair = ("momentum", "velocity")
        return (pair, ("velocity_hat",)) if self.amsgrad else (pair,)

    def hyper(self) -> dict[str, float]:
        """The numbers of the rule."""
        return {
            "beta_1": float(self.beta_1),
            "beta_2": float(self.beta_2),
            "epsilon": float(self.epsilon),
            "amsgrad": float(bool(self.amsgrad)),
        }

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "amsgrad": self.amsgrad,
        }
