"""`_core.matmul` and `_core.activation`: values, shapes, what they refuse."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tidegate import _core

both = pytest.mark.parametrize("dtype", ["float32", "float64"])


def normal(seed: int, *shape: int, dtype: str = "float64") -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@both
@pytest.mark.parametrize("leading", [(), (1,), (3,), (2, 5), (2, 0)])
def test_leading_axes_and_transposes(dtype: str, leading: tuple[int, ...]) -> None:
    a, b = normal(1, *leading, 4, 9, dtype=dtype), normal(2, *leading, 9, 21, dtype=dtype)
    exact = a.astype("float64") @ b.astype("float64")
    for ta, tb in itertools.product((False, True), repeat=2):
        left = np.ascontiguousarray(a.swapaxes(-1, -2)) if ta else a
        right = np.ascontiguousarray(b.swapaxes(-1, -2)) if tb else b
        c = _core.matmul(left, right, transpose_a=ta, transpose_b=tb)
        assert c.shape == exact.shape
        assert c.dtype == dtype
        np.testing.assert_allclose(c, exact, rtol=1e-5, atol=1e-5 if dtype == "float32" else 1e-13)


def test_an_empty_inner_axis_gives_zeros() -> None:
    np.testing.assert_array_equal(_core.matmul(np.ones((2, 0)), np.ones((0, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("a", "b", "error", "text"),
    [
        (
            np.ones((2, 3)),
            np.ones((4, 2)),
            ValueError,
            r"\[matmul\] the inner axes .* \[2, 3\] and",
        ),
        (np.ones((2, 2, 3)), np.ones((3, 2)), ValueError, r"equal leading axes.*\[2, 2, 3\] and"),
        (np.ones((2, 2, 3)), np.ones((4, 3, 2)), ValueError, "equal leading axes"),
        (np.ones(3), np.ones(3), ValueError, "equal leading axes"),
        (np.ones((2, 3)), np.ones((3, 2), "float32"), TypeError, "b must have dtype float64"),
        (np.ones((2, 3), int), np.ones((3, 2)), TypeError, "float32 or float64"),
        ([[1.0]], np.ones((1, 1)), TypeError, "a must be a NumPy array"),
        (np.ones((3, 2)).T, np.ones((3, 2)), ValueError, "a must be C-contiguous"),
    ],
)
def test_what_matmul_refuses(a: Any, b: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        _core.matmul(a, b)


@both
@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("tanh", np.tanh),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("relu", lambda x: np.maximum(x, 0)),
        ("linear", lambda x: x),
        ("hard_sigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1)),
        ("exp", np.exp),
    ],
)
def test_activation(dtype: str, name: Any, exact: Any) -> None:
    for shape in ((0,), (), (7,), (3, 33), (2, 3, 4)):
        x = np.asarray(3 * normal(3, *shape)).astype(dtype)
        y = _core.activation(name, x)
        assert y.shape == x.shape
        tolerance = 1e-6 if dtype == "float32" else 1e-14
        np.testing.assert_allclose(y, exact(x.astype("float64")), rtol=tolerance, atol=tolerance)


def test_an_unknown_activation_is_named() -> None:
    with pytest.raises(ValueError, match=r"\[activation\] activation must be one of .* 'gelu'"):
        _core.activation("gelu", np.ones(3))  # type: ignore[arg-type]
