"""Sums, means and extremes over axes, and what is found by sorting."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate.dtypes import name_of
from tidegate.ops.elementwise import as_floating, floating_dtype
from tidegate.ops.math import cast, maximum, minimum, sqrt
from tidegate.ops.op import Array, Context, Op, Shape, Spec, axis_of
from tidegate.ops.shape import reshape

Axes = tuple[int, ...]


def axes_of(op: str, axis: Any, ndim: int) -> Axes:
    """Axes as a sorted tuple counted from the front; None means all.

    >>> axes_of("sum", (-1, 0), 3)
    (0, 2)
    """
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return tuple(sorted({axis_of(op, int(one), ndim) for one in axes}))


def reduced_shape(op: str, shape: Shape, axis: Any, keepdims: bool) -> Shape:
    """The shape after a reduction over these axes."""
    axes = axes_of(op, axis, len(shape))
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def spread(values: Array, shape: tuple[int, ...], axes: Axes) -> Array:
    """Reduced values put back to where they came from, as a view."""
    kept = tuple([1 if i in axes else n for i, n in enumerate(shape)])
    return np.broadcast_to(np.reshape(values, kept), shape)


class _Reduction(Op):
    """function(x, axis, keepdims); its gradient is vjp_rule(dy spread, x, y spread, axes)."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        rule: Callable[..., Array] | None,
        dtype: Callable[[str], str],
        needs_values: bool = False,
    ) -> None:
        self.name = name
        self._function = function
        self._rule = rule
        self._dtype = dtype
        self._needs_values = needs_values

    @np.errstate(all="ignore")
    def forward(  # type: ignore[override]
        self, ctx: Context | None, x: Array, axis: Any = None, keepdims: bool = False
    ) -> Array:
        axes = axes_of(self.name, axis, x.ndim)
        own = name_of(x.dtype)
        dtype = self._dtype(own)
        y = self._function(x if own == dtype else x.astype(dtype), axes, keepdims)
        if ctx is not None:
            values = (x, np.asarray(y)) if self._needs_values else (None, None)
            ctx.saved = (x.shape, axes, *values)
        return y

    def vjp(self, ctx: Context, dy: Array) -> tuple[Array | None]:  # type: ignore[override]
        if self._rule is None:
            return (None,)
        shape, axes, x, y = ctx.saved
        spread_y = None if y is None else spread(y, shape, axes)
        return (self._rule(spread(dy, shape, axes), x, spread_y, axes),)

    def shape(  # type: ignore[override]
        self, x: Spec, axis: Any = None, keepdims: bool = False
    ) -> Spec:
        return Spec(reduced_shape(self.name, x.shape, axis, keepdims), self._dtype(x.dtype))


def _count(shape: tuple[int, ...], axes: Axes) -> int:
    count = 1
    for axis in axes:
        count *= shape[axis]
    return count


def _numeric(dtype: str) -> str:
    return "int32" if dtype == "bool" else dtype


def _summed(dtype: str) -> str:
    """As Keras: integers of 8 and 16 bits add up in 32."""
    return "int32" if dtype in ("bool", "int8", "int16", "uint8", "uint16") else dtype


def _same(dtype: str) -> str:
    return dtype


def _bool(dtype: str) -> str:
    return "bool"


def _share_of_extremes(dy: Array, x: Array, y: Array, axes: Axes) -> Array:
    # Equal extremes share the gradient, as in JAX.
    chosen = (x == y).astype(dy.dtype)
    return dy * chosen / chosen.sum(axis=axes, keepdims=True)


def _sum_values(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.sum(x, axis=axes, keepdims=keepdims, dtype=x.dtype)


def _var_rule(dy: Array, x: Array, y: Array, axes: Axes) -> Array:
    return (
        dy * (x - x.mean(axis=axes, keepdims=True)) * (2.0 / builtins.max(_count(x.shape, axes), 1))
    )


def _prod_rule(dy: Array, x: Array, y: Array, axes: Axes) -> Array:
    # Without division, so that zeros are right: the product of all others, by moving each element
    # out in turn along one flattened axis.
    moved = np.moveaxis(x, axes, range(x.ndim - len(axes), x.ndim))
    flat = moved.reshape((*moved.shape[: x.ndim - len(axes)], -1))
    one = np.ones_like(flat[..., :1])
    before = np.cumprod(np.concatenate([one, flat[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, flat[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    others = (before * after).reshape(moved.shape)
    return dy * np.moveaxis(others, range(x.ndim - len(axes), x.ndim), axes)


def _mean_values(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.true_divide(_sum_values(x, axes, keepdims), x.dtype.type(_count(x.shape, axes)))


def _var_values(x: Array, axes: Axes, keepdims: bool) -> Array:
    centred = x - _mean_values(x, axes, True)
    return _mean_values(centred * centred, axes, keepdims)


_sum = _Reduction("sum", _sum_values, lambda dy, x, y, axes: dy, _summed)
_mean = _Reduction(
    "mean",
    _mean_values,
    lambda dy, x, y, axes: dy / dy.dtype.type(builtins.max(_count(dy.shape, axes), 1)),
    floating_dtype,
)
_var = _Reduction("var", _var_values, _var_rule, floating_dtype, needs_values=True)
_prod = _Reduction(
    "prod",
    lambda x, axes, keepdims: np.prod(x, axis=axes, keepdims=keepdims, dtype=x.dtype),
    _prod_rule,
    _summed,
    needs_values=True,
)
_max = _Reduction(
    "max",
    lambda x, axes, keepdims: np.max(x, axis=axes, keepdims=keepdims),
    _share_of_extremes,
    _same,
    needs_values=True,
)
_min = _Reduction(
    "min",
    lambda x, axes, keepdims: np.min(x, axis=axes, keepdims=keepdims),
    _share_of_extremes,
    _same,
    needs_values=True,
)


def _any_values(x: Array, axes: Axes, keepdims: bool) -> Any:
    return np.any(x, axis=axes, keepdims=keepdims)


def _all_values(x: Array, axes: Axes, keepdims: bool) -> Any:
    return np.all(x, axis=axes, keepdims=keepdims)


_any = _Reduction("any", _any_values, None, _bool)
_all = _Reduction("all", _all_values, None, _bool)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over the axes (all if None); integers of 8 and 16 bits give int32.

    >>> sum([[1.0, 2.0], [3.0, 4.0]], axis=0).numpy()
    array([4., 6.], dtype=float32)
    """
    return _sum(x, axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over the axes; integers give floatx."""
    return _mean(x, axis=axis, keepdims=keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean squared distance from the mean (divided by N, not N - 1)."""
    return _var(x, axis=axis, keepdims=keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The square root of `var`."""
    return sqrt(var(x, axis, keepdims))


def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product over the axes, computed in `dtype` if one is given.

    Integers of 8 and 16 bits give int32.

    >>> prod(np.uint8([20, 20])).item()
    400
    """
    if dtype is None:
        return _prod(x, axis=axis, keepdims=keepdims)
    return cast(_prod(cast(x, dtype), axis=axis, keepdims=keepdims), dtype)


def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The largest element over the axes, at least `initial`; equal ones share the gradient."""
    y = _max(x, axis=axis, keepdims=keepdims)
    return y if initial is None else maximum(y, initial)


def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """The smallest element over the axes, at most `initial`; equal ones share the gradient."""
    y = _min(x, axis=axis, keepdims=keepdims)
    return y if initial is None else minimum(y, initial)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether at least one element is true."""
    return _any(x, axis=axis, keepdims=keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether every element is true."""
    return _all(x, axis=axis, keepdims=keepdims)


amax = max
amin = min


class _ArgExtreme(Op):
    def __init__(self, name: str, function: Callable[..., Array]) -> None:
        self.name = name
        self._function = function

    def forward(  # type: ignore[override]
        self, ctx: Context | None, x: Array, axis: int | None, keepdims: bool
    ) -> Array:
        y = self._function(x, axis=axis, keepdims=keepdims)
        return np.asarray(y).astype(np.int32)

    def vjp(self, ctx: Context, dy: Array) -> tuple[None]:  # type: ignore[override]
        return (None,)

    def shape(  # type: ignore[override]
        self, x: Spec, axis: int | None, keepdims: bool
    ) -> Spec:
        return Spec(reduced_shape(self.name, x.shape, axis, keepdims), "int32")


_argmax = _ArgExtreme("argmax", np.argmax)
_argmin = _ArgExtreme("argmin", np.argmin)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The int32 index of the largest element (of the flattened tensor if axis is None).

    >>> argmax([[1, 5, 2]], axis=-1).numpy()
    array([1], dtype=int32)
    """
    return _argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The int32 index of the smallest element (of the flattened tensor if axis is None)."""
    return _argmin(x, axis=axis, keepdims=keepdims)


class _Cumsum(Op):
    name = "cumsum"

    @staticmethod
    def forward(ctx: Context | None, x: Array, axis: int) -> Array:
        if ctx is not None:
            ctx.saved = axis
        return np.cumsum(x, axis=axis, dtype=_numeric(x.dtype.name))

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        axis = ctx.saved
        return (np.flip(np.cumsum(np.flip(dy, axis), axis=axis), axis),)

    @staticmethod
    def shape(x: Spec, axis: int) -> Spec:
        axis_of("cumsum", axis, len(x.shape))
        return Spec(x.shape, _numeric(x.dtype))


_cumsum = _Cumsum()


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The running sum along an axis; axis None flattens first.

    >>> cumsum([1.0, 2.0, 3.0]).numpy()
    array([1., 3., 6.], dtype=float32)
    """
    if dtype is not None:
        x = cast(x, dtype)
    if axis is None:
        return _cumsum(reshape(x, (-1,)), axis=0)
    return _cumsum(x, axis=axis)


class _Logsumexp(Op):
    """log(sum(exp(x))), with the largest element taken out first."""

    name = "logsumexp"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(ctx: Context | None, x: Array, axis: Any, keepdims: bool) -> Array:
        x = as_floating(x)
        axes = axes_of("logsumexp", axis, x.ndim)
        top = np.max(x, axis=axes, keepdims=True)
        top = np.where(np.isfinite(top), top, 0).astype(x.dtype)
        y = np.log(np.sum(np.exp(x - top), axis=axes, keepdims=True)) + top
        if ctx is not None:
            ctx.saved = (np.exp(x - y), axes)
        return y if keepdims else np.squeeze(y, axis=axes)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        weights, axes = ctx.saved
        return (spread(dy, weights.shape, axes) * weights,)

    @staticmethod
    def shape(x: Spec, axis: Any, keepdims: bool) -> Spec:
        dtype = floating_dtype(x.dtype)
        return Spec(reduced_shape("logsumexp", x.shape, axis, keepdims), dtype)


_logsumexp = _Logsumexp()


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log of the sum of exp(x) over the axes, without overflow."""
    return _logsumexp(x, axis=axis, keepdims=keepdims)
