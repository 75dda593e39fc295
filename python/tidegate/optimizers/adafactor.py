"""Adam with factored second moments."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from ..tensor import Variable
from .optimizer import Optimizer

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Second moments kept as rows and columns: little memory for large matrices.

    With ``b = 1 - t**beta_2_decay`` and ``q = g**2 + epsilon_1``:
    ``r = b r + (1 - b) mean(q, -1)``, ``c = b c + (1 - b) mean(q, -2)``,
    ``v = r / mean(r, -1) * c``; below two axes ``v = b v + (1 - b) q``.
    ``u = g / sqrt(v)``, divided by ``max(1, rms(u) / clip_threshold)``;
    ``w -= max(epsilon_2, rms(w)) * min(lr, 1 / sqrt(t)) * u``.

    Source: Shazeer, Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML
    2018.

    >>> Adafactor().get_config()["relative_step"]
    True
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
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
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def _make_slots(self, weights: list[Variable]) -> list[list[Variable]]:
        return [
            [*self._factors(w), self.add_variable_from_reference(w, "velocity")] for w in weights
        ]

    def _factors(self, weight: Variable) -> list[Variable]:
        shape, name = weight.shape, weight.name
        if len(shape) >= 2:
            columns = (*shape[:-2], shape[-1])
            return [
                self.add_variable(part, dtype=weight.dtype, name=name)
                for part in (shape[:-1], columns)
            ]
        # Keras keeps places for both here, outside of its name scope.
        places = [self.add_variable((), dtype="int32", name=name) for _ in range(2)]
        for place in places:
            place.path = name
        return places

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        xp, kind = array_module(), w.dtype.type
        r, c, v = slots
        t = kind(step)
        rate = xp.minimum(lr, 1 / xp.sqrt(t))
        beta = 1 - t ** kind(self.beta_2_decay)
        squares = g * g + kind(self.epsilon_1)
        if w.ndim >= 2:
            r = beta * r + (1 - beta) * squares.mean(axis=-1)
            c = beta * c + (1 - beta) * squares.mean(axis=-2)
            v = (r / r.mean(axis=-1, keepdims=True))[..., None] * c[..., None, :]
        else:
            v = beta * v + (1 - beta) * squares
        u = g / xp.sqrt(v)
        u = u / xp.maximum(kind(1), _rms(u) / kind(self.clip_threshold))
        return w - xp.maximum(kind(self.epsilon_2), _rms(w)) * rate * u, [r, c, v]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_2_decay": self.beta_2_decay,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }


def _rms(x: Array) -> Any:
    xp = array_module()
    return xp.sqrt(xp.mean(xp.square(x)))
