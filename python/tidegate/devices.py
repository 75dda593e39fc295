"""Which array module and which kernel module an operation uses.

The compiled core is imported at the first use, so that `import tidegate` stays cheap.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np

from tidegate.errors import message, not_offered

ALIGNMENT = 64  # bytes: one cache line and one AVX-512 register

_kernels: ModuleType | None = None


def array_module() -> ModuleType:
    """The module whose arrays tensors hold on this device: NumPy on the CPU."""
    return np


def kernels() -> ModuleType:
    """The module with the compiled kernels of this device.

    Raises:
        ImportError: the compiled core is missing or does not fit this machine.
    """
    global _kernels
    if _kernels is None:
        try:
            from tidegate import _core
        except ImportError as error:
            raise ImportError(
                message(
                    "devices",
                    "the compiled core tidegate._core cannot be imported",
                    str(error),
                    "install the package with pip; a source tree alone holds no compiled core",
                )
            ) from error
        _kernels = _core
    return _kernels


def standardize_device(name: str) -> str:
    """Keras' name of a device ("cpu:0"); other names of the CPU are understood.

    Raises:
        NotOfferedError: "gpu:0" and "cuda:0", until the CUDA build exists.
        ValueError: any other name.

    >>> standardize_device("cpu")
    'cpu:0'
    """
    lowered = name.lower()
    if lowered in ("cpu", "cpu:0"):
        return "cpu:0"
    if lowered.split(":")[0] in ("gpu", "cuda"):
        raise not_offered("device", f"device {name!r}", 'use "cpu:0"')
    raise ValueError(message("device", 'a device is "cpu:0"', repr(name)))


def aligned_empty(shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, np.dtype[Any]]:
    """A new C-contiguous array, uninitialised, whose first byte lies on a cache line."""
    kind = np.dtype(dtype)
    nbytes = math.prod(shape) * kind.itemsize
    block = np.empty(nbytes + ALIGNMENT, dtype=np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return block[start : start + nbytes].view(kind).reshape(shape)
