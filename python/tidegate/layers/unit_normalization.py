"""Vectors of length 1."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from .layer import Layer

__all__ = ["UnitNormalization"]


class UnitNormalization(Layer):
    """``x / |x|`` along ``axis``; a vector of zeros stays. The mask goes through.

    Args:
        axis: one axis or several.

    Raises:
        TypeError: an axis that is no int and no list of ints.

    >>> import numpy as np
    >>> UnitNormalization()(np.array([[3.0, 4.0]])).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(
                message("UnitNormalization", "axis must be an int or a list of ints", repr(axis))
            )
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        return ops.normalize(inputs, axis=self.axis, order=2, epsilon=1e-12)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "axis": self.axis}
