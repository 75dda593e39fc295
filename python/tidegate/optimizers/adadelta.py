"""Adadelta."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from .optimizer import Optimizer

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    """Steps in the units of the weights: running squares of gradients and of steps.

    ``a = rho a + (1 - rho) g**2``, ``d = -sqrt(s + epsilon) / sqrt(a + epsilon) * g``,
    ``s = rho s + (1 - rho) d**2``, ``w += lr * d``.

    Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012.

    >>> Adadelta().get_config()["rho"]
    0.95
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """Running squares of gradients and of steps."""
        return (("accumulated_grad", "accumulated_delta_var"),)

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        xp, kind = array_module(), w.dtype.type
        squares, steps = slots
        rho, rest, epsilon = kind(self.rho), kind(1 - self.rho), kind(self.epsilon)
        squares = rho * squares + rest * (g * g)
        delta = -(xp.sqrt(steps + epsilon) * g / xp.sqrt(squares + epsilon))
        steps = rho * steps + rest * (delta * delta)
        return w + lr * delta, [squares, steps]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "rho": self.rho,
            "epsilon": self.epsilon,
        }
