"""A mask from values."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..symbolic import KerasTensor
from .layer import Layer

__all__ = ["Masking"]


class Masking(Layer):
    """Masks steps where all features equal ``mask_value``: [B, T, I] -> [B, T, I] with a mask.

    The output is zero at masked steps.

    >>> import numpy as np
    >>> y = Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]]))
    >>> y.mask.values
    array([[ True, False]])
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = float(mask_value)
        self.supports_masking = True
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where any feature differs from ``mask_value``."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Zero where masked, the input elsewhere."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        y = ops.multiply(inputs, ops.cast(kept, inputs.dtype))
        if not isinstance(y, KerasTensor):
            y.mask = None
        return y

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "mask_value": self.mask_value}
