"""Gradients of the tape against central differences, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate.autodiff import GradientTape
from tidegate.tensor import Tensor, convert_to_tensor
from tidegate.utils import tree

Array = np.ndarray[Any, np.dtype[Any]]

# Fourth order: f'(x) = (f(x-2h) - 8 f(x-h) + 8 f(x+h) - f(x+2h)) / 12h + O(h^4).
_STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def _value(function: Callable[..., Any], arrays: list[Array], weights: list[Array]) -> float:
    outputs = tree.flatten(function(*[convert_to_tensor(a) for a in arrays]))
    return float(sum(np.sum(y.numpy() * w) for y, w in zip(outputs, weights, strict=True)))


def differences(
    function: Callable[..., Any], arrays: list[Array], weights: list[Array], step: float
) -> list[Array]:
    """d(sum of outputs * weights) / d(each element of each array)."""
    result = []
    for array in arrays:
        gradient = np.zeros_like(array)
        flat, out = array.reshape(-1), gradient.reshape(-1)
        for i in range(flat.size):
            middle = flat[i]
            for offset, factor in _STENCIL:
                flat[i] = middle + offset * step
                out[i] += factor / step * _value(function, arrays, weights)
            flat[i] = middle
        result.append(gradient)
    return result


def check_gradients(
    function: Callable[..., Any],
    *arrays: Array,
    step: float = 1e-3,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> None:
    """Assert that the tape gives the derivative of `function` in every array."""
    rng = np.random.default_rng(5)
    arrays = tuple(np.array(a, dtype=np.float64) for a in arrays)
    inputs = [convert_to_tensor(a.copy()) for a in arrays]
    with GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(*inputs)
    flat = tree.flatten(outputs)
    assert all(isinstance(y, Tensor) and y.dtype == "float64" for y in flat)
    weights = [rng.normal(size=y.shape) for y in flat]
    got = tape.gradient(flat, inputs, output_gradients=weights)
    wanted = differences(function, list(arrays), weights, step)
    for have, want, array in zip(got, wanted, arrays, strict=True):
        assert have is not None
        assert have.shape == array.shape
        assert have.dtype == "float64"
        np.testing.assert_allclose(have.numpy(), want, rtol=rtol, atol=atol)
