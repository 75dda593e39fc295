"""Orthonormal columns without a linear algebra library: the same bits on every machine and team."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.devices import kernels

_BLOCK = 32


def orthonormal_columns(matrix: Any) -> np.ndarray[Any, Any]:
    """Q of matrix = Q R, the diagonal of R positive; matrix [N, M], N >= M, of full rank.

    Gram-Schmidt by blocks of columns, each projection done twice, which leaves Q orthonormal to
    rounding (Giraud, Langou, Rozloznik, "The loss of orthogonality in the Gram-Schmidt
    orthogonalization process", 2005). NumPy's `qr` would call a BLAS whose threads change the last
    bits, and which spin on while a busy machine wants their processors.

    Example:
        >>> import numpy as np
        >>> from tidegate.utils.orthonormal import orthonormal_columns
        >>> orthonormal_columns(np.array([[3.0, 1.0], [4.0, 2.0]])).round(6).tolist()
        [[0.6, -0.8], [0.8, 0.6]]
    """
    q = np.ascontiguousarray(matrix, dtype=np.float64).copy()
    product = kernels().matmul
    for first in range(0, q.shape[1], _BLOCK):
        block = np.ascontiguousarray(q[:, first : first + _BLOCK])
        done = np.ascontiguousarray(q[:, :first])
        for _ in range(2 if first else 0):
            block = block - product(done, product(done, block, transpose_a=True))
        q[:, first : first + _BLOCK] = _orthonormal_block(block)
    return q


def _orthonormal_block(block: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    rows = np.ascontiguousarray(block.T)  # a column of the matrix is a row here: contiguous
    for j in range(len(rows)):
        before = rows[:j]
        for _ in range(2 if j else 0):
            shares = (before * rows[j]).sum(axis=1, keepdims=True)
            rows[j] -= (before * shares).sum(axis=0)
        rows[j] /= np.sqrt((rows[j] * rows[j]).sum())
    return rows.T
