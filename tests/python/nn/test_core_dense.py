"""`_core.DenseWeights`, `dense_forward`, `dense_backward`: values, shapes, what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import _core

both = pytest.mark.parametrize("dtype", ["float32", "float64"])


def normal(seed: int, *shape: int, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@both
@pytest.mark.parametrize("rows", [0, 1, 7, 256, 257, 600])
def test_gradients_are_sums_over_all_rows(dtype: str, rows: int) -> None:
    x, kernel = normal(1, rows, 13, dtype=dtype), normal(2, 13, 19, dtype=dtype)
    bias, dy = normal(3, 19, dtype=dtype), normal(4, rows, 19, dtype=dtype)
    weights = _core.DenseWeights(kernel)
    y = _core.dense_forward(x, weights, bias, "tanh")
    dx, dkernel, dbias = _core.dense_backward(x, weights, y, dy, "tanh")
    wide = x.astype("float64")
    dz = dy.astype("float64") * (1 - y.astype("float64") ** 2)
    exact = {
        "y": (y, np.tanh(wide @ kernel + bias)),
        "dx": (dx, dz @ kernel.T),
        "dkernel": (dkernel, wide.T @ dz),
        "dbias": (dbias, dz.sum(axis=0)),
    }
    for name, (got, value) in exact.items():
        assert got is not None
        assert got.dtype == dtype, name
        assert got.shape == value.shape, name
        tolerance = (3e-5 if dtype == "float32" else 1e-13) * max(1, rows) ** 0.5
        np.testing.assert_allclose(got, value, rtol=tolerance, atol=tolerance, err_msg=name)


def test_what_is_not_needed_is_not_computed() -> None:
    x, weights = normal(1, 5, 4), _core.DenseWeights(normal(2, 4, 3))
    dy = normal(3, 5, 3)
    dx, dkernel, dbias = _core.dense_backward(
        x, weights, None, dy, "linear", need_dx=False, use_bias=False
    )
    assert dx is None
    assert dbias is None
    np.testing.assert_allclose(dkernel, x.T @ dy, rtol=1e-5, atol=1e-6)


def test_weights_are_a_copy_that_says_what_it_is() -> None:
    kernel = normal(1, 6, 5)
    weights = _core.DenseWeights(kernel)
    assert (weights.input_dim, weights.units, weights.dtype) == (6, 5, "float32")
    assert weights.nbytes >= kernel.nbytes
    x = normal(2, 3, 6)
    before = _core.dense_forward(x, weights, None, "linear")
    kernel[:] = 0
    np.testing.assert_array_equal(_core.dense_forward(x, weights, None, "linear"), before)


def test_small_work_takes_one_thread_and_large_work_more() -> None:
    weights = _core.DenseWeights(normal(1, 128, 1))
    _core.dense_forward(normal(2, 32, 128), weights, None, "sigmoid")
    run = _core.last_run()
    assert (run["op"], run["threads"], run["schedule"]) == ("dense_forward", 1, "single")
    limit = _core.get_num_threads()
    _core.set_num_threads(2)
    try:
        large = _core.DenseWeights(normal(1, 512, 256))
        _core.dense_forward(normal(2, 256, 512), large, None, "linear")
        assert _core.last_run()["threads"] == 2
        assert _core.last_run()["schedule"] == "batch"
    finally:
        _core.set_num_threads(limit)


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"x": normal(1, 5, 3)}, ValueError, r"\[dense\] x must be \[N, I\] = \[N, 4\].*\[5, 3\]"),
        ({"x": normal(1, 5, 4, dtype="float64")}, TypeError, "x must have dtype float32"),
        ({"x": normal(1, 4, 5).T}, ValueError, "x must be C-contiguous"),
        ({"bias": normal(1, 4)}, ValueError, r"bias must be \[O\] = \[3\].*\[4\]"),
        ({"activation": "softmax"}, ValueError, "activation must be one of .* 'softmax'"),
        ({"weights": normal(1, 4, 3)}, TypeError, "DenseWeights"),
    ],
)
def test_what_dense_refuses(change: dict[str, Any], error: type[Exception], text: str) -> None:
    call = {
        "x": normal(1, 5, 4),
        "weights": _core.DenseWeights(normal(2, 4, 3)),
        "bias": normal(3, 3),
        "activation": "tanh",
    }
    with pytest.raises(error, match=text):
        _core.dense_forward(**(call | change))


def test_backward_needs_y_where_the_derivative_does() -> None:
    weights = _core.DenseWeights(normal(2, 4, 3))
    with pytest.raises(TypeError, match=r"\[dense\] y must be a NumPy array"):
        _core.dense_backward(normal(1, 5, 4), weights, None, normal(3, 5, 3), "tanh")


def test_a_kernel_has_two_axes() -> None:
    with pytest.raises(ValueError, match=r"\[dense\] kernel must be \[I, O\].*\[4\]"):
        _core.DenseWeights(normal(1, 4))
