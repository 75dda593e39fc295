"""Adam with Nesterov momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..arrays import Array
from ..config import floatx
from ..devices import array_module
from ..tensor import Variable
from .changes import Changes
from .optimizer import Optimizer

__all__ = ["Nadam"]


class Nadam(Optimizer):
    """Adam with Nesterov momentum.

    ``u_t = beta_1 * (1 - 0.96**t / 2)``, ``U_t = u_1 * ... * u_t``; m and v as in Adam;
    ``w -= lr * (u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)) / (sqrt(v_hat) + epsilon)``
    with ``v_hat = v / (1 - beta_2**t)``.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.

    >>> Nadam().get_config()["beta_1"]
    0.9
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

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the moments, and the product of the momentum factors."""
        if self.built:
            return
        weights = list(variables)
        super().build(weights)
        dtype = weights[0].dtype if weights else floatx()
        # Keras makes this one outside of its name scope: a path without the optimizer's name.
        self._u_product = self.add_variable((), "ones", dtype, name="variable")
        self._u_product.path = "variable"

    def begin(self, step: int, changes: Changes) -> Any:
        """The product of the momentum factors up to this step."""
        old = changes[self._u_product]
        kind = old.dtype.type
        new = old * kind(self.beta_1) * (1 - kind(0.5) * kind(0.96) ** kind(step))
        changes[self._u_product] = new
        return new

    def rule(
        self, w: Array, g: Array, slots: list[Array], lr: Any, step: int, shared: Any
    ) -> tuple[Array, list[Array]]:
        """One weight's step."""
        xp, kind = array_module(), w.dtype.type
        m, v = slots
        beta_1, beta_2, decay = kind(self.beta_1), kind(self.beta_2), kind(0.96)
        u = beta_1 * (1 - kind(0.5) * decay ** kind(step))
        u_next = beta_1 * (1 - kind(0.5) * decay ** kind(step + 1))
        product = kind(shared)
        m = m + (g - m) * (1 - beta_1)
        v = v + (g * g - v) * (1 - beta_2)
        m_hat = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
        v_hat = v / (1 - beta_2 ** kind(step))
        return w - m_hat * lr / (xp.sqrt(v_hat) + kind(self.epsilon)), [m, v]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
