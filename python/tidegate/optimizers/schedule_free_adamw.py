"""Adam that needs no schedule."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from ..tensor import Variable
from .optimizer import Optimizer

__all__ = ["ScheduleFreeAdamW"]


class ScheduleFreeAdamW(Optimizer):
    """Adam on an auxiliary point z, with the weights between z and its running mean.

    ``v += (g**2 - v) * (1 - beta_2)``, ``z -= lr * g / (sqrt(v / (1 - beta_2**t)) + epsilon)``,
    ``x += (z - x) / t``, ``w = (1 - beta_1) * z + beta_1 * x``. The rate rises in a line over
    ``warmup_steps``. z is the slot "momentum"; x is worked out from w and z.

    Source: Defazio et al., "The road less scheduled", 2024.

    >>> ScheduleFreeAdamW().get_config()["learning_rate"]
    0.0024999999441206455
    """

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
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
        self.warmup_steps = warmup_steps

    def _make_slots(self, weights: list[Variable]) -> list[list[Variable]]:
        slots = super()._make_slots(weights)
        for weight, (z, _) in zip(weights, slots, strict=True):
            z.assign(weight.numpy())
        return slots

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """The auxiliary point and the second moment."""
        return (("momentum", "velocity"),)

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        xp, kind = array_module(), w.dtype.type
        z, v = slots
        beta_1, beta_2, t = kind(self.beta_1), kind(self.beta_2), kind(step)
        if self.warmup_steps > 0:
            lr = lr * xp.minimum(t / kind(self.warmup_steps), kind(1))
        x = (w - (1 - beta_1) * z) / beta_1
        v = v + (g * g - v) * (1 - beta_2)
        z = z - lr * g / (xp.sqrt(v / (1 - beta_2**t)) + kind(self.epsilon))
        x = (1 - 1 / t) * x + 1 / t * z
        return (1 - beta_1) * z + beta_1 * x, [z, v]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "warmup_steps": self.warmup_steps,
        }
