"""Matrix products of integers and booleans: NumPy's, since no network waits for them."""

from __future__ import annotations

import numpy as np

from tidegate.arrays import Array

__all__ = ["integer_product"]


def integer_product(a: Array, b: Array) -> Array:
    """[..., N, K] times [..., K, M] in the dtype of both; sums that are too large wrap.

    Exact in any order of the sum, so that the bits do not depend on NumPy's. No gradient.

    >>> integer_product(np.array([[2, 3]]), np.array([[4], [5]])).tolist()
    [[23]]
    """
    return np.matmul(a, b)
