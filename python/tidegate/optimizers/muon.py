"""Muon: momentum made orthogonal for matrices, Adam for the rest."""

from __future__ import annotations

import re
from typing import Any

from ..arrays import Array
from ..autodiff import no_grad
from ..devices import array_module
from ..ops.product import matmul
from ..tensor import Tensor, Variable
from .optimizer import Optimizer

__all__ = ["Muon"]


class Muon(Optimizer):
    """Momentum made nearly orthogonal, for matrices; AdamW for every other weight.

    ``m = momentum * m + g``; ``u`` is ``g + momentum * m`` (``nesterov``) or ``m``, after
    ``ns_steps`` of ``u = a u + (b A + c A A) u`` with ``A = u u^T`` from ``u / norm(u)``;
    ``w -= lr * u * sqrt(max(rows, columns)) * rms_rate``.

    Args:
        adam_beta_1, adam_beta_2, epsilon, adam_weight_decay: of AdamW.
        adam_lr_ratio: its rate as a share of ``learning_rate``.
        exclude_layers: regular expressions; a matrix whose path one of them finds goes to AdamW.
        exclude_embeddings: so does one with "embedding" in its path.
        muon_a, muon_b, muon_c: a, b, c above.

    Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; Liu et
    al., "Muon is scalable for LLM training", 2025.

    >>> Muon().get_config()["ns_steps"]
    5
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Any = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
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
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _is_for_adam(self, variable: Variable) -> bool:
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def _make_slots(self, weights: list[Variable]) -> list[list[Variable]]:
        return [
            [
                self.add_variable_from_reference(w, name)
                for name in (("momentum", "velocity") if self._is_for_adam(w) else ("momentum",))
            ]
            for w in weights
        ]

    def decay_of(self, variable: Variable) -> float:
        """The weight decay of this variable."""
        adam = self._is_for_adam(variable)
        decay = self.adam_weight_decay if adam else self.weight_decay
        return float(decay) if decay is not None and self._decays(variable) else 0.0

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        if len(slots) == 2:
            return self._adam_rule(w, g, slots, lr * w.dtype.type(self.adam_lr_ratio), step)
        kind = w.dtype.type
        m = slots[0] + (g + slots[0] * kind(self.momentum - 1))
        update = self._orthogonal(g + kind(self.momentum) * m if self.nesterov else m)
        if self.rms_rate is not None:
            update = update * kind(max(w.shape) ** 0.5) * kind(self.rms_rate)
        return w - lr * update, [m]

    def _adam_rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int
    ) -> tuple[Array, list[Array]]:
        xp, kind = array_module(), w.dtype.type
        m, v = slots
        powers = [kind(beta) ** kind(step) for beta in (self.adam_beta_1, self.adam_beta_2)]
        m = m + (g - m) * kind(1 - self.adam_beta_1)
        v = v + (g * g - v) * kind(1 - self.adam_beta_2)
        alpha = lr * xp.sqrt(1 - powers[1]) / (1 - powers[0])
        return w - m * alpha / (xp.sqrt(v) + kind(self.epsilon)), [m, v]

    def _orthogonal(self, x: Array) -> Array:
        """Newton and Schulz' iteration: singular values near 1, singular vectors unchanged."""
        xp, tall = array_module(), x.shape[0] > x.shape[1]
        a, b, c = (x.dtype.type(n) for n in (self.muon_a, self.muon_b, self.muon_c))
        x = x.T if tall else x
        x = x / (xp.sqrt(xp.sum(x * x)) + x.dtype.type(1e-7))
        with no_grad():
            for _ in range(self.ns_steps):
                square = _product(x, x.T)
                x = a * x + _product(b * square + c * _product(square, square), x)
        return x.T if tall else x

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "adam_beta_1": self.adam_beta_1,
            "adam_beta_2": self.adam_beta_2,
            "epsilon": self.epsilon,
            "exclude_layers": self.exclude_layers,
            "muon_a": self.muon_a,
            "muon_b": self.muon_b,
            "muon_c": self.muon_c,
            "adam_lr_ratio": self.adam_lr_ratio,
            "momentum": self.momentum,
            "ns_steps": self.ns_steps,
            "nesterov": self.nesterov,
            "exclude_embeddings": self.exclude_embeddings,
            "adam_weight_decay": self.adam_weight_decay,
            "rms_rate": self.rms_rate,
        }


def _product(a: Array, b: Array) -> Array:
    xp = array_module()
    return matmul(Tensor(xp.ascontiguousarray(a)), Tensor(xp.ascontiguousarray(b)))._value
