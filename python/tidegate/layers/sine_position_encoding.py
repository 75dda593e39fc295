"""Where a step stands, as sines and cosines."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..tensor import convert_to_tensor
from .layer import Layer

__all__ = ["SinePositionEncoding"]


class SinePositionEncoding(Layer):
    """Sines and cosines of the position: [B, T, F] -> [B, T, F], to be added to the input.

    ``y[t, 2i] = sin(t / max_wavelength^(2i/F))``, ``y[t, 2i+1] = cos`` of the same. The mask of
    the input goes through.

    Args:
        max_wavelength: of the slowest pair.

    Call arguments: ``inputs`` [..., T, F], only its shape counts; ``start_index``: the position of
    the first step.

    Source: Vaswani et al., "Attention is all you need", 2017, section 3.5; name and arguments are
    KerasHub's.

    >>> import numpy as np
    >>> SinePositionEncoding()(np.zeros((1, 2, 2))).numpy().round(2)
    array([[[0.  , 1.  ],
            [0.84, 0.54]]], dtype=float32)
    """

    def __init__(self, max_wavelength: float = 10000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_wavelength = max_wavelength
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, start_index: int = 0) -> Any:
        """The encoding, for each sample the same."""
        steps, size = inputs.shape[-2:]
        if None in inputs.shape:
            return inputs * 0.0
        position = np.arange(steps, dtype=np.float64)[:, None] + start_index
        channel = np.arange(size)
        angle = position * self.max_wavelength ** (-(channel // 2 * 2) / size)
        values = np.where(channel % 2 == 0, np.sin(angle), np.cos(angle))
        return ops.broadcast_to(convert_to_tensor(values, self.compute_dtype), inputs.shape)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "max_wavelength": self.max_wavelength}
