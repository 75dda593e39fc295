"""Activations made of other functions: those that shrink, threshold or project."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.ops.activation import elu, sigmoid, tanh
from tidegate.ops.compare import greater
from tidegate.ops.math import abs as absolute
from tidegate.ops.math import clip, sqrt, square, where
from tidegate.ops.op import Array, Context, Op, Spec, axis_of
from tidegate.ops.shape import moveaxis, ndim, split
from tidegate.tensor import convert_to_tensor, is_tensor


def _tensor(x: Any) -> Any:
    return x if is_tensor(x) else convert_to_tensor(x)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha * (exp(x / alpha) - 1).

    Source: Barron, "Continuously differentiable exponential linear units", 2017.

    >>> celu([-1.0, 2.0], alpha=2.0).numpy().round(4)
    array([-0.7869,  2.    ], dtype=float32)
    """
    return elu(_tensor(x) / alpha, 1.0) * alpha


def glu(x: Any, axis: int = -1) -> Any:
    """The first half of an axis times the sigmoid of the second half.

    Source: Dauphin et al., "Language modeling with gated convolutional networks", 2017.

    >>> glu([2.0, 0.0]).numpy()
    array([1.], dtype=float32)
    """
    first, second = split(_tensor(x), 2, axis)
    return first * sigmoid(second)


def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x where abs(x) > threshold, else 0.

    >>> hard_shrink([-1.0, 0.25, 2.0]).numpy()
    array([-1.,  0.,  2.], dtype=float32)
    """
    x = _tensor(x)
    return where(greater(absolute(x), threshold), x, 0.0)


def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """x moved by threshold towards 0, 0 where it would cross it.

    >>> soft_shrink([-1.0, 0.25, 2.0]).numpy()
    array([-0.5,  0. ,  1.5], dtype=float32)
    """
    x = _tensor(x)
    return x - clip(x, -threshold, threshold)


def tanh_shrink(x: Any) -> Any:
    """x - tanh(x).

    >>> tanh_shrink([0.0]).numpy()
    array([0.], dtype=float32)
    """
    x = _tensor(x)
    return x - tanh(x)


def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """x where x > threshold, else default_value.

    >>> threshold([-1.0, 2.0], 0.5, 9.0).numpy()
    array([9., 2.], dtype=float32)
    """
    x = _tensor(x)
    return where(greater(x, threshold), x, float(default_value))


def squareplus(x: Any, b: float = 4) -> Any:
    """(x + sqrt(x**2 + b)) / 2.

    Source: Barron, "Squareplus: a softplus-like algebraic rectifier", 2021.

    >>> squareplus([0.0]).numpy()
    array([1.], dtype=float32)
    """
    x = _tensor(x)
    return (x + sqrt(square(x) + b)) / 2


def sparse_plus(x: Any) -> Any:
    """0 up to -1, (x + 1)**2 / 4 up to 1, x from there on.

    >>> sparse_plus([-2.0, 0.0, 2.0]).numpy()
    array([0.  , 0.25, 2.  ], dtype=float32)
    """
    x = _tensor(x)
    bent = square(clip(x, -1.0, 1.0) + 1.0) / 4
    return where(greater(x, 1.0), x, bent)


def sparse_sigmoid(x: Any) -> Any:
    """(x + 1) / 2 limited to [0, 1].

    >>> sparse_sigmoid([-2.0, 0.0, 2.0]).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return (clip(_tensor(x), -1.0, 1.0) + 1.0) / 2


class _Sparsemax(Op):
    """max(x - t, 0) along the last axis, with t such that the sum is 1."""

    name = "sparsemax"

    @staticmethod
    def forward(ctx: Context | None, x: Array) -> Array:
        ordered = -np.sort(-x, axis=-1)
        sums = np.cumsum(ordered, axis=-1)
        ranks = np.arange(1, x.shape[-1] + 1, dtype=x.dtype)
        count = (1 + ranks * ordered > sums).sum(axis=-1, keepdims=True)
        total = np.take_along_axis(sums, count - 1, axis=-1)
        y = np.maximum(x - (total - 1) / count.astype(x.dtype), 0)
        if ctx is not None:
            ctx.saved = y > 0
        return y

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        kept = ctx.saved
        mean = (dy * kept).sum(axis=-1, keepdims=True) / kept.sum(axis=-1, keepdims=True)
        return (np.where(kept, dy - mean, 0).astype(dy.dtype),)

    @staticmethod
    def shape(x: Spec) -> Spec:
        return x


_sparsemax = _Sparsemax()


def sparsemax(x: Any, axis: int = -1) -> Any:
    """The nearest probabilities to x along an axis: a softmax with zeros.

    Source: Martins, Astudillo, "From softmax to sparsemax", 2016.

    >>> sparsemax([1.0, 0.5, -1.0]).numpy()
    array([0.75, 0.25, 0.  ], dtype=float32)
    """
    x = _tensor(x)
    if axis_of("sparsemax", axis, ndim(x)) == ndim(x) - 1:
        return _sparsemax(x)
    return moveaxis(_sparsemax(moveaxis(x, axis, -1)), -1, axis)
