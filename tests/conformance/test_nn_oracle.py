"""Products, dense, embedding, softmax, cross-entropy and optimizers of the core, and the oracle."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from optimizer_cases import CASES, CLIPS, STEPS, OptimizerCase, expected, gradients, starts

from tidegate import _core
from tidegate.reference import nn

TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 2e-6}, "float64": {"rtol": 1e-12, "atol": 1e-13}}
both = pytest.mark.parametrize("dtype", ["float32", "float64"])
SIZES = (1, 2, 7, 8, 9, 16, 17, 33)


def normal(dtype: str, *shape: int) -> np.ndarray:
    """Normal numbers of a shape, from the shape."""
    return np.random.default_rng([5, *shape]).normal(size=shape).astype(dtype)


@both
def test_matmul(dtype: str) -> None:
    for n, k, m in itertools.product((0, 1, 3, 6, 17, 40), (0, 1, 5, 300), (1, 2, 9, 16, 33)):
        a, b = normal(dtype, n, k), normal(dtype, k, m)
        exact = a.astype(np.float64) @ b.astype(np.float64)
        tolerance = TOLERANCE[dtype] | {"atol": TOLERANCE[dtype]["atol"] * (k + 1)}
        for ta, tb in itertools.product((False, True), repeat=2):
            left = np.ascontiguousarray(a.T) if ta else a
            right = np.ascontiguousarray(b.T) if tb else b
            y = _core.matmul(left, right, transpose_a=ta, transpose_b=tb)
            assert y.dtype == dtype
            np.testing.assert_allclose(y, exact, **tolerance)


@both
def test_batched_matmul(dtype: str) -> None:
    a, b = normal(dtype, 2, 3, 4, 5), normal(dtype, 2, 3, 5, 7)
    np.testing.assert_allclose(_core.matmul(a, b), a @ b, **TOLERANCE[dtype])


@both
@pytest.mark.parametrize("activation", ["linear", "tanh", "sigmoid", "relu", "hard_sigmoid"])
def test_dense(dtype: str, activation: str) -> None:
    for rows, inputs, outputs in itertools.product((1, 3, 20), SIZES, SIZES):
        x, kernel = normal(dtype, rows, inputs), normal(dtype, inputs, outputs)
        bias, dy = normal(dtype, outputs), normal(dtype, rows, outputs)
        weights = _core.DenseWeights(kernel)
        for b in (bias, None):
            y = _core.dense_forward(x, weights, b, activation)
            wide = [None if v is None else v.astype(np.float64) for v in (x, kernel, b, dy)]
            exact = nn.dense(wide[0], wide[1], wide[2], activation)
            np.testing.assert_allclose(y, exact, **TOLERANCE[dtype])
            # From the core's own y, so that a relu at the kink decides alike.
            dx, dkernel, dbias = _core.dense_backward(
                x, weights, y, dy, activation, use_bias=b is not None
            )
            edx, edkernel, edbias = nn.dense_backward(
                wide[0], wide[1], y.astype(np.float64), wide[3], activation
            )
            np.testing.assert_allclose(dx, edx, **TOLERANCE[dtype])
            np.testing.assert_allclose(dkernel, edkernel, **TOLERANCE[dtype])
            if b is None:
                assert dbias is None
            else:
                np.testing.assert_allclose(dbias, edbias, **TOLERANCE[dtype])


@both
def test_embedding(dtype: str) -> None:
    embeddings = normal(dtype, 9, 5)
    for count in (0, 1, 4, 100):
        ids = np.random.default_rng(count).integers(0, 9, count).astype(np.int32)
        dy = normal(dtype, count, 5)
        np.testing.assert_array_equal(_core.embedding_forward(ids, embeddings), embeddings[ids])
        np.testing.assert_allclose(
            _core.embedding_backward(ids, dy, 9), nn.embedding_backward(ids, dy, 9),
            **TOLERANCE[dtype],
        )  # fmt: skip


@both
def test_softmax_and_cross_entropy(dtype: str) -> None:
    for rows, classes in itertools.product((0, 1, 5, 40), SIZES):
        logits, dy = 5 * normal(dtype, rows, classes), normal(dtype, rows, classes)
        exact = nn.softmax(logits.astype(np.float64)) if rows else np.zeros((0, classes))
        y = _core.softmax(logits)
        np.testing.assert_allclose(y, exact, **TOLERANCE[dtype])
        np.testing.assert_allclose(
            _core.softmax_backward(y, dy), nn.softmax_backward(y, dy), **TOLERANCE[dtype]
        )
        labels = np.random.default_rng(classes).integers(0, classes, rows).astype(np.int32)
        for target in (labels, y):
            if rows == 0:
                continue
            loss, dlogits = _core.softmax_cross_entropy(logits, target, True)
            eloss, edlogits = nn.softmax_cross_entropy(logits.astype(np.float64), target)
            np.testing.assert_allclose(loss, eloss, **TOLERANCE[dtype])
            np.testing.assert_allclose(dlogits, edlogits, **TOLERANCE[dtype])
            assert _core.softmax_cross_entropy(logits, target, False)[1] is None


@both
@pytest.mark.parametrize("clip", CLIPS, ids=lambda c: c[0])
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.name}-{'-'.join(c.hyper)}")
def test_ten_optimizer_steps(case: OptimizerCase, clip: tuple[str, float], dtype: str) -> None:
    """Through the package's optimizer, whose step is one call of the core."""
    import tidegate

    keywords = case.hyper | ({clip[0]: clip[1]} if clip[0] != "none" else {})
    optimizer = getattr(tidegate.optimizers, case.name)(**keywords)
    variables = [tidegate.Variable(v.astype(dtype), dtype=dtype) for v in starts()]
    for step in range(1, STEPS + 1):
        optimizer.apply([g.astype(dtype) for g in gradients(step)], variables)
    tolerance = {"rtol": 2e-5, "atol": 2e-6} if dtype == "float32" else {"rtol": 1e-10}
    for variable, exact in zip(variables, expected(case, clip)):
        assert variable.dtype == dtype
        np.testing.assert_allclose(variable.numpy(), exact, **tolerance)
