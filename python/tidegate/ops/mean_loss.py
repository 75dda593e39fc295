"""The mean of a loss over all of its values, as one operation: what a training step asks for.

The arithmetic is that of the loss followed by `mean`, in the same order; a step has one record less
on its tape and no array of equal gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate.ops.loss import binary_slopes, binary_values
from tidegate.ops.op import Array, Context, Op, Spec

_Gradients = tuple[Array | None, Array]


def _squares(ctx: Context | None, target: Array, output: Array) -> Array:
    error = target - output
    if ctx is not None:
        ctx.saved = error
    return error * error


def _square_slopes(ctx: Context, dy: Array) -> _Gradients:
    slope = dy * (2 * ctx.saved)
    return slope, -slope


def _sizes(ctx: Context | None, target: Array, output: Array) -> Array:
    error = target - output
    if ctx is not None:
        ctx.saved = error
    return np.abs(error)


def _size_slopes(ctx: Context, dy: Array) -> _Gradients:
    slope = dy * np.sign(ctx.saved)
    return slope, -slope


class _Mean(Op):
    """mean(values(target, output)), both of one shape; slopes: of the values, times dy."""

    def __init__(
        self, name: str, values: Callable[..., Array], slopes: Callable[..., _Gradients]
    ) -> None:
        self.name = name
        self._values = values
        self._slopes = slopes

    @np.errstate(all="ignore")
    def forward(self, ctx: Context | None, target: Array, output: Array, **attrs: Any) -> Array:  # type: ignore[override]
        values = self._values(ctx, target, output, **attrs)
        count = values.dtype.type(values.size)
        if ctx is not None:
            ctx.saved = (ctx.saved, count)
        total = np.add.reduce(values, axis=tuple(range(values.ndim)), dtype=values.dtype)
        return np.true_divide(total, count)

    def vjp(self, ctx: Context, dy: Array) -> _Gradients:  # type: ignore[override]
        both = ctx.saved
        ctx.saved, count = both
        try:
            return self._slopes(ctx, dy / count)
        finally:
            ctx.saved = both

    def shape(self, target: Spec, output: Spec, **attrs: Any) -> Spec:  # type: ignore[override]
        return Spec((), output.dtype)


mean_binary_crossentropy = _Mean("mean_binary_crossentropy", binary_values, binary_slopes)
mean_squared_error = _Mean("mean_squared_error", _squares, _square_slopes)
mean_absolute_error = _Mean("mean_absolute_error", _sizes, _size_slopes)
