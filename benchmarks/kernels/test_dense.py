"""Dense forward and backward, and the plain product, at the sizes of heads and of projections."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.kernels.conftest import Timed, close
from tidegate import _core

SIZES = [(32, 128, 1), (32, 128, 128), (3200, 128, 64), (1024, 1024, 1024)]


def _arrays(rng: np.random.Generator, size: tuple[int, int, int]) -> tuple[np.ndarray, ...]:
    rows, inputs, units = size
    shapes = [(rows, inputs), (inputs, units), (units,), (rows, units)]
    return tuple(rng.standard_normal(shape).astype(np.float32) for shape in shapes)


@pytest.mark.parametrize("size", SIZES)
def test_forward(
    size: tuple[int, int, int], threads: int, rng: np.random.Generator, timed: Timed
) -> None:
    x, kernel, bias, _ = _arrays(rng, size)
    weights = _core.DenseWeights(kernel)
    right = x.astype(np.float64) @ kernel.astype(np.float64) + bias
    close(_core.dense_forward(x, weights, bias, "linear"), right)
    timed(
        lambda: _core.dense_forward(x, weights, bias, "linear"),
        flop=2.0 * np.prod(size),
        threads=threads,
    )


@pytest.mark.parametrize("size", SIZES)
def test_backward(
    size: tuple[int, int, int], threads: int, rng: np.random.Generator, timed: Timed
) -> None:
    x, kernel, bias, dy = _arrays(rng, size)
    weights = _core.DenseWeights(kernel)
    y = _core.dense_forward(x, weights, bias, "tanh")
    dz = dy.astype(np.float64) * (1 - y.astype(np.float64) ** 2)
    dx, dkernel, dbias = _core.dense_backward(x, weights, y, dy, "tanh")
    close(dx, dz @ kernel.astype(np.float64).T)
    close(dkernel, x.astype(np.float64).T @ dz)
    close(dbias, dz.sum(axis=0))
    timed(
        lambda: _core.dense_backward(x, weights, y, dy, "tanh"),
        flop=4.0 * np.prod(size),
        threads=threads,
    )


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("form", ["ab", "aTb", "abT"])
def test_matmul(
    form: str, size: tuple[int, int, int], threads: int, rng: np.random.Generator, timed: Timed
) -> None:
    x, kernel, _, _ = _arrays(rng, size)
    right = x.astype(np.float64) @ kernel.astype(np.float64)
    left, transposed = form.startswith("aT"), form.endswith("bT")
    a = np.ascontiguousarray(x.T) if left else x
    b = np.ascontiguousarray(kernel.T) if transposed else kernel
    close(_core.matmul(a, b, left, transposed), right)
    timed(lambda: _core.matmul(a, b, left, transposed), flop=2.0 * np.prod(size), threads=threads)
