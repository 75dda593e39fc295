"""The mean of a loss over all of its values, as one operation: what a training step asks for.

The arithmetic is that of the loss followed by `mean`, in the same order; a step has one record less
on its tape and no array of equal gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.ops.loss import binary_values
from tidegate.ops.op import Array, Context, Op, Spec


class _SquaredErrors(Op):
    name = "squared_errors"

    @staticmethod
    def forward(ctx: Context | None, target: Array, output: Array) -> Array:
        error = target - output
        if ctx is not None:
            ctx.saved = error
        return error * error

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array, Array]:
        slope = dy * (2 * ctx.saved)
        return slope, -slope


class _AbsoluteErrors(Op):
    name = "absolute_errors"

    @staticmethod
    def forward(ctx: Context | None, target: Array, output: Array) -> Array:
        error = target - output
        if ctx is not None:
            ctx.saved = error
        return np.abs(error)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array, Array]:
        slope = dy * np.sign(ctx.saved)
        return slope, -slope


class _Mean(Op):
    """mean(values(target, output)), both of one shape and dtype."""

    def __init__(self, values: Op) -> None:
        self.name = f"mean_{values.name}"
        self._values = values

    @np.errstate(all="ignore")
    def forward(self, ctx: Context | None, target: Array, output: Array, **attrs: Any) -> Array:  # type: ignore[override]
        values = self._values.forward(ctx, target, output, **attrs)
        count = values.dtype.type(values.size)
        if ctx is not None:
            ctx.saved = (ctx.saved, count)
        total = np.add.reduce(values, axis=tuple(range(values.ndim)), dtype=values.dtype)
        return np.true_divide(total, count)

    def vjp(self, ctx: Context, dy: Array) -> tuple[Array | None, ...]:  # type: ignore[override]
        both = ctx.saved
        ctx.saved, count = both
        try:
            return self._values.vjp(ctx, dy / count)
        finally:
            ctx.saved = both

    def shape(self, target: Spec, output: Spec, **attrs: Any) -> Spec:  # type: ignore[override]
        return Spec((), output.dtype)


mean_binary_crossentropy = _Mean(binary_values)
mean_squared_error = _Mean(_SquaredErrors())
mean_absolute_error = _Mean(_AbsoluteErrors())
