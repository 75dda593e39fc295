"""Adam with a rate per layer."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from .optimizer import Optimizer

__all__ = ["Lamb"]


class Lamb(Optimizer):
    """Adam whose step is scaled to the norm of the weight.

    ``u = m_hat / (sqrt(v_hat) + epsilon)`` as in Adam, ``w -= lr * norm(w) / norm(u) * u``; the
    ratio is 1 where a norm is 0.

    Source: You et al., "Large batch optimization for deep learning", ICLR 2020.

    >>> Lamb().get_config()["epsilon"]
    1e-07
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
        """First and second moments."""
        return (("momentum", "velocity"),)

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        xp, kind = array_module(), w.dtype.type
        m, v = slots
        m = m + (g - m) * kind(1 - self.beta_1)
        v = v + (g * g - v) * kind(1 - self.beta_2)
        m_hat = m / (1 - kind(self.beta_1) ** kind(step))
        v_hat = v / (1 - kind(self.beta_2) ** kind(step))
        update = m_hat / (xp.sqrt(v_hat) + kind(self.epsilon))
        norm = xp.sqrt(xp.sum(w * w))
        length = xp.sqrt(xp.sum(update * update))
        ratio = norm / length if norm > 0 and length > 0 else kind(1)
        return w - ratio * lr * update, [m, v]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
