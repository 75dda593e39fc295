"""Arrays as the kernels take them: C-contiguous, aligned, with the axes they expect."""

from __future__ import annotations

import math

import numpy as np

from tidegate.ops.op import Array


def compact(x: Array) -> Array:
    """The array itself if it is C-contiguous and aligned, else a copy that is."""
    flags = x.flags
    return x if flags.c_contiguous and flags.aligned else np.array(x, order="C")


def rows(x: Array) -> Array:
    """[..., C] as [N, C].

    >>> rows(np.zeros((2, 3, 4))).shape
    (6, 4)
    """
    if x.ndim == 2:
        return compact(x)
    return compact(x).reshape(math.prod(x.shape[:-1]), x.shape[-1])
