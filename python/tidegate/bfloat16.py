"""Tensors of dtype bfloat16: half the bytes of float32, its range, 8 bits of precision.

NumPy has no such dtype, so the values lie in an array of uint16, each the upper half of a float32,
and are shown as float32. Operations widen them, compute in float32 and round the result once, to
the nearest, ties to even (`ops/narrow.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.arrays import Array
from tidegate.devices import kernels
from tidegate.dtypes import BFLOAT16
from tidegate.mask import Mask
from tidegate.tensor import Tensor

__all__ = ["BFloat16Tensor", "rounded", "to_bits"]


def to_bits(values: Array) -> Array:
    """The values rounded to bfloat16, as uint16 of the same shape.

    >>> to_bits(np.float32([1.0, -2.0])).tolist() == [0x3F80, 0xC000]
    True
    """
    return kernels().to_bfloat16(np.require(values, np.float32, ("C", "A")))


def rounded(values: Array) -> Array:
    """The values rounded to bfloat16, as float32.

    >>> rounded(np.float32([1.0, 1.001, 1.005]))
    array([1.       , 1.       , 1.0078125], dtype=float32)
    """
    return kernels().from_bfloat16(to_bits(values))


class BFloat16Tensor(Tensor):
    """A `Tensor` of dtype "bfloat16", made by `ops.cast` and by layers of the policy
    "mixed_bfloat16".

    `numpy()`, `np.asarray` and DLPack give float32 arrays with exactly its values.

    Args:
        bits: uint16, as `to_bits` gives them.

    >>> from tidegate import ops
    >>> ops.cast([1.0, 1.001], "bfloat16")
    <Tensor shape=(2,), dtype=bfloat16, value=[1., 1.]>
    """

    __slots__ = ("_bits",)

    def __init__(self, bits: Array, mask: Mask | None = None) -> None:
        self._bits = bits
        self._key = 0
        self.mask = mask

    @property
    def bits(self) -> Array:
        """The array of uint16 itself; do not write to it."""
        return self._bits

    @property
    def _value(self) -> Array:  # type: ignore[override]
        # Made anew each time: kept, it would take back what the short form saves.
        return kernels().from_bfloat16(np.require(self._bits, requirements=("C", "A")))

    @property
    def dtype(self) -> str:
        """ "bfloat16"."""
        return BFLOAT16

    @property
    def shape(self) -> tuple[int, ...]:
        """Axis lengths."""
        return self._bits.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._bits.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._bits.size

    def __reduce__(self) -> Any:
        return BFloat16Tensor, (self._bits, self.mask)

    def __len__(self) -> int:
        return len(self._bits)
