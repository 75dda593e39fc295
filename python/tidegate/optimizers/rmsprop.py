"""RMSprop."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Gradients divided by a running root of their mean square.

    ``v = rho * v + (1 - rho) * g**2``; the step is ``lr * g / sqrt(v + epsilon)``, with
    ``centered`` ``lr * g / sqrt(v - mean**2 + epsilon)``; momentum adds up steps.

    Source: Hinton, "Neural networks for machine learning", lecture 6e, 2012.

    >>> RMSprop().get_config()["rho"]
    0.9
    """

    kind = "rmsprop"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """Mean squares, momentum and means, those that are used."""
        blocks: list[tuple[str, ...]] = [("velocity",)]
        if self.momentum > 0:
            blocks.append(("momentum",))
        if self.centered:
            blocks.append(("average_gradient",))
        return tuple(blocks)

    def hyper(self) -> dict[str, float]:
        """The numbers of the rule."""
        return {
            "rho": float(self.rho),
            "momentum": float(self.momentum),
            "epsilon": float(self.epsilon),
            "centered": float(bool(self.centered)),
        }

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "centered": self.centered,
        }
