"""Normalization over a batch as one operation, with the statistics that it used."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate import config
from tidegate.ops.math import add, multiply, negative, rsqrt
from tidegate.ops.op import Array, Context, Op, Spec, axis_of
from tidegate.ops.shape import ndim, reshape

__all__ = ["batch_normalization", "factor_and_shift", "normalized_batch"]


class _NormalizedBatch(Op):
    """(y, mean [C], variance [C]); the sums run over all axes but one."""

    name = "normalized_batch"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(
        ctx: Context | None,
        x: Array,
        gamma: Array | None,
        beta: Array | None,
        axis: int,
        epsilon: float,
        kept: Array | None,
    ) -> tuple[Array, Array, Array]:
        axes = tuple(i for i in range(x.ndim) if i != axis)
        weight = None if kept is None else kept.astype(x.dtype)
        count: Any = x.dtype.type(x.size // max(x.shape[axis], 1))
        if weight is not None:
            # As Keras: a small number on top, so that an empty mask divides.
            spread = np.broadcast_to(weight, x.shape)
            count = np.sum(spread, axis=axes, keepdims=True) + x.dtype.type(config.epsilon())
        mean = np.sum(x if weight is None else x * weight, axis=axes, keepdims=True) / count
        centred = x - mean
        squares = centred * centred
        if weight is not None:
            squares *= weight
        variance = np.sum(squares, axis=axes, keepdims=True) / count
        inverse = 1 / np.sqrt(variance + x.dtype.type(epsilon))
        normal = centred * inverse
        along = tuple(-1 if i == axis else 1 for i in range(x.ndim))
        scale = None if gamma is None else gamma.reshape(along)
        if ctx is not None:
            ctx.saved = (normal, inverse, scale, axes, count, weight, beta is not None)
        y = normal if scale is None else normal * scale
        if beta is not None:
            y = y + beta.reshape(along)
        return y, mean.reshape(-1), variance.reshape(-1)

    @staticmethod
    def vjp(
        ctx: Context, dy: Array | None, dmean: Array | None, dvariance: Array | None
    ) -> tuple[Array | None, Array | None, Array | None]:
        normal, inverse, scale, axes, count, weight, shifted = ctx.saved
        if dy is None:
            dy = np.zeros_like(normal)
        dx = None
        if ctx.needs[0]:
            dn = dy if scale is None else dy * scale
            # Through the mean and the variance; what the caller takes of them comes on top.
            to_mean = -inverse * np.sum(dn, axis=axes, keepdims=True)
            along = -0.5 * inverse * inverse * np.sum(dn * normal, axis=axes, keepdims=True)
            if dmean is not None:
                to_mean = to_mean + dmean.reshape(inverse.shape)
            if dvariance is not None:
                along = along + dvariance.reshape(inverse.shape)
            share = (to_mean + 2 * normal / inverse * along) / count
            dx = dn * inverse + (share if weight is None else share * weight)
        dgamma = None if scale is None else np.sum(dy * normal, axis=axes)
        return dx, dgamma, np.sum(dy, axis=axes) if shifted else None

    @staticmethod
    def shape(
        x: Spec, gamma: Any, beta: Any, axis: int, epsilon: float, kept: Any
    ) -> tuple[Spec, Spec, Spec]:
        one = Spec((x.shape[axis],), x.dtype)
        return x, one, one


_normalized_batch = _NormalizedBatch()


def normalized_batch(
    x: Any, gamma: Any, beta: Any, axis: int = -1, epsilon: float = 1e-3, kept: Any = None
) -> tuple[Any, Any, Any]:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta with the batch's own statistics.

    Args:
        x: any shape; `axis` is that of the C features.
        gamma, beta: [C] or None
        kept: bool array that broadcasts to x; False leaves an element out of the statistics

    Returns:
        (y, mean [C], variance [C])

    Source: Ioffe, Szegedy, "Batch normalization", 2015.

    >>> y, mean, variance = normalized_batch([[0.0], [2.0]], None, None, epsilon=0.0)
    >>> y.numpy().tolist(), mean.numpy(), variance.numpy()
    ([[-1.0], [1.0]], array([1.], dtype=float32), array([1.], dtype=float32))
    """
    at = axis_of("normalized_batch", axis, ndim(x))
    return _normalized_batch(x, gamma, beta, axis=at, epsilon=float(epsilon), kept=kept)


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Any:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with given statistics [C].

    >>> batch_normalization([[3.0]], [1.0], [4.0], axis=-1, epsilon=0.0).numpy()
    array([[1.]], dtype=float32)
    """
    rank = ndim(x)
    at = axis_of("batch_normalization", axis, rank)
    spread = tuple(-1 if i == at else 1 for i in range(rank))
    factor, shift = factor_and_shift(mean, variance, offset, scale, epsilon)
    return add(multiply(x, reshape(factor, spread)), reshape(shift, spread))


def factor_and_shift(
    mean: Any, variance: Any, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> tuple[Any, Any]:
    """(factor, shift), [C] each: batch normalization with given statistics is x * factor + shift.

    >>> factor, shift = factor_and_shift([1.0], [4.0], epsilon=0.0)
    >>> factor.numpy(), shift.numpy()
    (array([0.5], dtype=float32), array([-0.5], dtype=float32))
    """
    factor = rsqrt(add(variance, epsilon))
    if scale is not None:
        factor = multiply(factor, scale)
    shift = negative(multiply(mean, factor))
    if offset is not None:
        shift = add(offset, shift)
    return factor, shift
