"""Orthonormal columns against NumPy's QR."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.utils.orthonormal import orthonormal_columns


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (33, 33), (40, 33), (200, 128), (65, 64)])
def test_is_the_q_of_qr_with_a_positive_diagonal(shape: tuple[int, int]) -> None:
    matrix = np.random.default_rng(0).standard_normal(shape)
    before = matrix.copy()
    q, r = np.linalg.qr(matrix)
    found = orthonormal_columns(matrix)
    np.testing.assert_allclose(found, q * np.sign(np.diag(r)), atol=1e-11)
    np.testing.assert_allclose(found.T @ found, np.eye(shape[1]), atol=1e-14)
    assert (matrix == before).all()


def test_nearly_dependent_columns_stay_orthonormal() -> None:
    matrix = np.random.default_rng(1).standard_normal((60, 50))
    matrix[:, 40] = matrix[:, 3] + 1e-7 * matrix[:, 40]
    found = orthonormal_columns(matrix)
    np.testing.assert_allclose(found.T @ found, np.eye(50), atol=1e-13)
