"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from ..errors import message
from .optimizer import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    ``w -= lr * g`` without momentum; with it ``m = momentum * m - lr * g; w += m``, and with
    ``nesterov`` ``w += momentum * m - lr * g``.

    Source: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in
    deep learning", ICML 2013.

    >>> SGD(0.1, momentum=0.9).get_config()["momentum"]
    0.9
    """

    kind = "sgd"

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
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
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            raise ValueError(message("SGD", "momentum must be a float in [0, 1]", repr(momentum)))
        self.momentum = momentum
        self.nesterov = nesterov

    def slot_blocks(self) -> tuple[tuple[str, ...], ...]:
        """The momentum, if there is any."""
        return (("momentum",),) if self.momentum else ()

    def hyper(self) -> dict[str, float]:
        """Momentum and whether it is Nesterov's."""
        return {"momentum": float(self.momentum), "nesterov": float(bool(self.nesterov))}

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
