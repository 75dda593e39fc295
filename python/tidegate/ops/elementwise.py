"""Operations that act on each element: how one is written, from its function and its slope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate import config
from tidegate.dtypes import is_float, standardize_dtype
from tidegate.errors import message
from tidegate.ops.op import Array, Context, Op, Shape, Spec, reduced_to

# Infinities and NaN are results here, as in every Keras backend: NumPy's warnings would tell of
# them once, and of the padding's too.
_quietly = np.errstate(all="ignore")


def as_floating(x: Array) -> Array:
    """Integers and booleans as floatx, floats as they are."""
    return x if x.dtype.kind == "f" else x.astype(config.floatx())


def floating_dtype(dtype: str) -> str:
    """The dtype that `as_floating` gives."""
    return dtype if is_float(dtype) else standardize_dtype(None)


class Unary(Op):
    """y = function(x), dx = dy * slope(x, y).

    Args:
        function: of the array and the attributes of the call.
        slope: of x, y and the attributes; None for an operation without a gradient.
        keeps: which of "x", "y" the slope reads; only these are saved.
        floats: integers become floatx first; if False, booleans become int32; None changes none.
        dtype: of the result if not that of the argument.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Array],
        slope: Callable[..., Any] | None,
        keeps: str = "",
        floats: bool | None = True,
        dtype: str | None = None,
    ) -> None:
        self.name = name
        self._function = function
        self._slope = slope
        self._keeps = keeps
        self._floats = floats
        self._dtype = dtype

    @_quietly
    def forward(self, ctx: Context | None, x: Array, **attrs: Any) -> Array:  # type: ignore[override]
        if self._floats:
            x = as_floating(x)
        elif x.dtype.kind == "b" and self._floats is False:
            x = x.astype(np.int32)
        y = self._function(x, **attrs)
        if ctx is not None:
            ctx.saved = (
                x if "x" in self._keeps else None,
                y if "y" in self._keeps else None,
                attrs,
            )
        return y

    def vjp(self, ctx: Context, dy: Array) -> tuple[Array | None]:  # type: ignore[override]
        if self._slope is None:
            return (None,)
        x, y, attrs = ctx.saved
        return (dy * self._slope(x, y, **attrs),)

    def shape(self, x: Spec, **attrs: Any) -> Spec:  # type: ignore[override]
        return Spec(x.shape, self._dtype or self._result(x.dtype))

    def _result(self, dtype: str) -> str:
        if self._floats:
            return floating_dtype(dtype)
        return "int32" if dtype == "bool" and self._floats is False else dtype


class Binary(Op):
    """y = function(a, b) with broadcasting; da = dy * slopes[0](a, b, y), db likewise.

    Args:
        slopes: None for an operation without a gradient.
        floats: integers become floatx first.
        dtype: of the result if not that of the arguments.
    """

    promotes = True

    def __init__(
        self,
        name: str,
        function: Callable[[Array, Array], Array],
        slopes: tuple[Callable[..., Any], Callable[..., Any]] | None,
        floats: bool = False,
        dtype: str | None = None,
    ) -> None:
        self.name = name
        self._function = function
        self._slopes = slopes
        self._floats = floats
        self._dtype = dtype

    @_quietly
    def forward(self, ctx: Context | None, a: Array, b: Array) -> Array:  # type: ignore[override]
        if self._floats:
            a, b = as_floating(a), as_floating(b)
        try:
            y = self._function(a, b)
        except ValueError:
            broadcast_shape(self.name, a.shape, b.shape)  # says which axes do not fit
            raise
        if ctx is not None:
            ctx.saved = (a, b, y)
        return y

    def vjp(self, ctx: Context, dy: Array) -> tuple[Array | None, ...]:  # type: ignore[override]
        if self._slopes is None:
            return None, None
        a, b, y = ctx.saved
        return tuple(
            [
                reduced_to(dy * slope(a, b, y), operand.shape) if need else None
                for slope, operand, need in zip(self._slopes, (a, b), ctx.needs, strict=True)
            ]
        )

    def shape(self, a: Spec, b: Spec) -> Spec:  # type: ignore[override]
        dtype = self._dtype or (floating_dtype(a.dtype) if self._floats else a.dtype)
        return Spec(broadcast_shape(self.name, a.shape, b.shape), dtype)


def broadcast_shape(op: str, *shapes: Shape) -> Shape:
    """The common shape of operands, axes counted from the back; None where unknown.

    Raises:
        ValueError: two lengths that differ and are not 1.

    >>> broadcast_shape("add", (None, 1, 4), (3, 4))
    (None, 3, 4)
    """
    ndim = max(len(shape) for shape in shapes)
    result: list[int | None] = []
    for axis in range(-ndim, 0):
        lengths = {shape[axis] for shape in shapes if -axis <= len(shape)} - {1}
        known = lengths - {None}
        if len(known) > 1:
            raise ValueError(
                message(
                    op,
                    "shapes must be equal or 1 on every axis, counted from the back",
                    " and ".join(str(list(shape)) for shape in shapes),
                    "insert an axis of length 1 with ops.expand_dims",
                )
            )
        result.append(known.pop() if known else (None if lengths else 1))
    return tuple(result)


def zero_slope(x: Array, y: Array, **attrs: Any) -> float:
    """The slope of a step function."""
    return 0.0


def zeros_if(condition: Any, value: Any, like: Array) -> Array:
    """value where the condition holds, else 0, in the dtype of `like`."""
    return np.where(condition, value, 0).astype(like.dtype, copy=False)
