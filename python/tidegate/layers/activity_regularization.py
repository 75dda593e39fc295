"""A penalty on what goes by."""

from __future__ import annotations

from typing import Any

from ..regularizers import L1L2
from .layer import Layer

__all__ = ["ActivityRegularization"]


class ActivityRegularization(Layer):
    """Adds ``(l1 * sum(abs(x)) + l2 * sum(x**2)) / B`` to the loss; the values stay.

    >>> import numpy as np
    >>> layer = ActivityRegularization(l1=0.5)
    >>> layer(np.ones((2, 3))).shape, [float(loss) for loss in layer.losses]
    ((2, 3), [1.5])
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.built = True
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: Any) -> Any:
        """The values as they are."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return {**config, "l1": self.l1, "l2": self.l2}
