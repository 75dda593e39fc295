"""Dropout."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from ..random import SeedGenerator
from .layer import Layer

__all__ = ["Dropout"]


class Dropout(Layer):
    """In training sets a fraction ``rate`` of the input to 0 and scales the rest by 1/(1 - rate).

    Args:
        rate: in [0, 1].
        noise_shape: shape of the pattern; an axis of size 1 shares it.
        seed: integer or SeedGenerator; default from ``utils.set_random_seed``.

    Without training the input goes through and no random number is drawn.

    Source: Srivastava et al., "Dropout", JMLR 15, 2014.

    >>> import numpy as np
    >>> Dropout(0.5)(np.ones((1, 3))).numpy()
    array([[1., 1., 1.]], dtype=float32)
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(message("Dropout", "rate must be in [0, 1]", rate))
        self.rate = rate
        self.seed = seed
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed_generator = SeedGenerator(seed) if rate > 0 else None
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """The input, or the input with zeros in training."""
        if not training or self.rate == 0:
            return inputs
        return ops.dropout(
            inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "rate": self.rate,
            "seed": self.seed,
            "noise_shape": self.noise_shape,
        }
