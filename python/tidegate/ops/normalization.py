"""Normalizations: over the features of a sample, and to length 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tidegate import config
from tidegate.devices import kernels
from tidegate.errors import message
from tidegate.ops.layout import rows
from tidegate.ops.math import abs, maximum, power, rsqrt, square
from tidegate.ops.op import Array, Context, Op, Spec
from tidegate.ops.reduce import axes_of, sum


def _spread(parameter: Array | None, shape: tuple[int, ...], axes: tuple[int, ...]) -> Any:
    if parameter is None:
        return None
    return parameter.reshape(tuple(n if i in axes else 1 for i, n in enumerate(shape)))


def _moments(x: Array, axes: tuple[int, ...], epsilon: float) -> tuple[Array, Array, Array]:
    """(x - mean, 1 / sqrt(variance + epsilon), the number of values that they are of)."""
    count = x.dtype.type(max(math.prod(x.shape[i] for i in axes), 1))
    if axes == (x.ndim - 1,) and x.size and x.dtype in (np.float32, np.float64):
        # The core's sums: a stream has the same bits.
        mean, inverse = kernels().layer_moments(rows(x), epsilon)
        outer = (*x.shape[:-1], 1)
        return x - mean.reshape(outer), inverse.reshape(outer), count
    centred = x - np.sum(x, axis=axes, keepdims=True) / count
    variance = np.sum(centred * centred, axis=axes, keepdims=True) / count
    return centred, 1 / np.sqrt(variance + x.dtype.type(epsilon)), count


class _LayerNormalization(Op):
    name = "layer_normalization"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(
        ctx: Context | None,
        x: Array,
        gamma: Array | None,
        beta: Array | None,
        axis: Any,
        epsilon: float,
    ) -> Array:
        axes = axes_of("layer_normalization", axis, x.ndim)
        centred, inverse, count = _moments(x, axes, epsilon)
        normal = centred * inverse
        scale = _spread(gamma, x.shape, axes)
        shift = _spread(beta, x.shape, axes)
        if ctx is not None:
            shapes = [None if p is None else p.shape for p in (gamma, beta)]
            ctx.saved = (normal, inverse, scale, axes, count, shapes)
        y = normal if scale is None else normal * scale
        return y if shift is None else y + shift

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array | None, Array | None]:
        normal, inverse, scale, axes, count, shapes = ctx.saved
        others = tuple(i for i in range(dy.ndim) if i not in axes)
        dx = None
        if ctx.needs[0]:
            dn = dy if scale is None else dy * scale
            mean = np.sum(dn, axis=axes, keepdims=True) / count
            along = np.sum(dn * normal, axis=axes, keepdims=True) / count
            dx = (dn - mean - normal * along) * inverse
        dgamma = None if shapes[0] is None else np.sum(dy * normal, axis=others).reshape(shapes[0])
        dbeta = None if shapes[1] is None else np.sum(dy, axis=others).reshape(shapes[1])
        return dx, dgamma, dbeta

    @staticmethod
    def shape(x: Spec, gamma: Spec | None, beta: Spec | None, axis: Any, epsilon: float) -> Spec:
        axes_of("layer_normalization", axis, len(x.shape))
        return x


_layer_normalization = _LayerNormalization()


def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, mean and var over the axes.

    Args:
        x: any shape
        gamma, beta: of the axes' lengths, or None
        axis: one axis or several
        epsilon: `config.epsilon()` if None

    Source: Ba, Kiros, Hinton, "Layer Normalization", 2016.

    >>> layer_normalization([[0.0, 2.0]], epsilon=1e-6).numpy().round(3)
    array([[-1.,  1.]], dtype=float32)
    """
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    chosen = config.epsilon() if epsilon is None else float(epsilon)
    return _layer_normalization(x, gamma, beta, axis=axis, epsilon=chosen)


def normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: float | None = None) -> Any:
    """x over its norm along the axis; a norm below epsilon counts as epsilon.

    Args:
        order: of the norm, a positive int.
        epsilon: `config.epsilon()` if None.

    >>> normalize([[3.0, 4.0]]).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(message("normalize", "order must be a positive int", repr(order)))
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    least = config.epsilon() if epsilon is None else float(epsilon)
    if order == 2:
        return x * rsqrt(maximum(sum(square(x), axis=axis, keepdims=True), least * least))
    total = sum(power(abs(x), order), axis=axis, keepdims=True)
    return x / power(maximum(total, least**order), 1.0 / order)
