"""`_core.softmax`, its gradient, and cross-entropy from logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import _core

both = pytest.mark.parametrize("dtype", ["float32", "float64"])


def normal(seed: int, *shape: int, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def exact_softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x.astype("float64") - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@both
@pytest.mark.parametrize("classes", [1, 2, 10, 100, 5000])
def test_rows_sum_to_one(dtype: str, classes: int) -> None:
    x = 4 * normal(classes, 20, classes, dtype=dtype)
    y = _core.softmax(x)
    tolerance = 3e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(y, exact_softmax(x), rtol=tolerance, atol=1e-30)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=tolerance)


@both
def test_unit_gradients_of_the_losses_by_differences(dtype: str) -> None:
    x = normal(1, 6, 9)
    labels = np.arange(6, dtype=np.int32)
    targets = exact_softmax(normal(2, 6, 9)) * 1.5  # rows need not sum to one
    for target in (labels, targets.astype(dtype)):
        _, gradient = _core.softmax_cross_entropy(x.astype(dtype), target, True)
        wide = target if target.dtype == np.int32 else target.astype("float64")
        differences = np.zeros_like(x)
        for column in range(9):
            step = np.zeros_like(x)
            step[:, column] = 1e-6
            up, _ = _core.softmax_cross_entropy(x + step, wide, False)
            down, _ = _core.softmax_cross_entropy(x - step, wide, False)
            differences[:, column] = (up - down) / 2e-6
        np.testing.assert_allclose(gradient, differences, atol=1e-6)


@both
def test_the_loss_is_the_negative_logarithm(dtype: str) -> None:
    x = 5 * normal(3, 50, 30, dtype=dtype)
    labels = (np.arange(50) % 30).astype(np.int32)
    loss, gradient = _core.softmax_cross_entropy(x, labels, False)
    assert gradient is None
    assert loss.dtype == dtype
    exact = -np.log(exact_softmax(x)[np.arange(50), labels])
    tolerance = 1e-6 if dtype == "float32" else 1e-13  # absolute too: the sum of exps is near 1
    np.testing.assert_allclose(loss, exact, rtol=tolerance, atol=tolerance)


def test_far_apart_logits_give_a_finite_loss() -> None:
    x = np.array([[0, 1e4], [1e4, 0]], np.float32)
    loss, gradient = _core.softmax_cross_entropy(x, np.zeros(2, np.int32), True)
    np.testing.assert_array_equal(loss, [1e4, 0])
    np.testing.assert_array_equal(gradient, [[-1, 1], [0, 0]])


@pytest.mark.parametrize(
    ("target", "error", "text"),
    [
        (np.array([0, 3], np.int32), ValueError, r"labels must be in .*\[0, 3\).*3 at position 1"),
        (np.array([-1, 0], np.int32), ValueError, r"Received: -1 at position 0"),
        (np.array([0, 1], np.int64), TypeError, "labels must have dtype int32"),
        (np.zeros(3, np.int32), ValueError, r"labels must be \[N\] = \[2\]"),
        (np.zeros((2, 4)), ValueError, r"labels must be \[N, C\] = \[2, 3\].*\[2, 4\]"),
        (np.zeros((2, 3), np.float32), TypeError, "labels must have dtype float64"),
        (None, TypeError, "labels must be a NumPy array"),
    ],
)
def test_what_cross_entropy_refuses(target: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=r"\[softmax_cross_entropy\] .*" + text.removeprefix(".*")):
        _core.softmax_cross_entropy(np.zeros((2, 3)), target, True)
