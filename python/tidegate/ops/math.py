"""Arithmetic on each element: add, multiply, exp, maximum, where and the like.

All binary functions broadcast as NumPy does. The result dtype is Keras': Python numbers never
widen a tensor, a float wins over an integer; float32 with float64 is an error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.devices import kernels
from tidegate.dtypes import is_float, standardize_dtype
from tidegate.errors import not_offered
from tidegate.ops import narrow
from tidegate.ops.elementwise import Binary, Unary, broadcast_shape, zero_slope, zeros_if
from tidegate.ops.erf import erf as _erf_values
from tidegate.ops.layout import compact
from tidegate.ops.op import Array, Context, Op, Spec, kind_of, reduced_to, same_dtype

_TWO_OVER_SQRT_PI = 2.0 / np.pi**0.5


def _inside(x: Array, x_min: Any, x_max: Any) -> Any:
    inside = np.ones(x.shape, bool) if x_min is None else x >= x_min
    return inside if x_max is None else inside & (x <= x_max)


def _sides(chosen: Any, other: Any) -> Any:
    # Where both are equal each side gets half, as in JAX and torch.
    return lambda a, b, y: np.where(a == b, 0.5, chosen(a, b)).astype(a.dtype)


_add = Binary("add", np.add, (lambda a, b, y: 1.0, lambda a, b, y: 1.0))
_subtract = Binary("subtract", np.subtract, (lambda a, b, y: 1.0, lambda a, b, y: -1.0))
_multiply = Binary("multiply", np.multiply, (lambda a, b, y: b, lambda a, b, y: a))
_divide = Binary(
    "divide", np.true_divide, (lambda a, b, y: 1 / b, lambda a, b, y: -y / b), floats=True
)
_floor_divide = Binary("floor_divide", np.floor_divide, None)
_mod = Binary("mod", np.mod, (lambda a, b, y: 1.0, lambda a, b, y: -np.floor(a / b)))
_power = Binary(
    "power",
    np.power,
    (
        lambda a, b, y: np.where(b == 0, 0, b * np.power(a, np.where(b == 0, 1, b - 1))),
        # d/db a^b = a^b log a, taken as 0 at a = 0, where a^b is constant for b > 0.
        lambda a, b, y: y * np.log(np.where(a > 0, a, 1)),
    ),
)
_maximum = Binary(
    "maximum",
    np.maximum,
    (_sides(lambda a, b: a > b, None), _sides(lambda a, b: b > a, None)),
)
_minimum = Binary(
    "minimum",
    np.minimum,
    (_sides(lambda a, b: a < b, None), _sides(lambda a, b: b < a, None)),
)

_power_number = Unary(
    "power",
    lambda x, exponent: x**exponent,
    lambda x, y, exponent: exponent * x ** (exponent - 1) if exponent else 0.0,
    keeps="x",
    floats=False,
)

_negative = Unary("negative", np.negative, lambda x, y: -1.0, floats=False)
_exp = Unary("exp", lambda x: kernels().activation("exp", compact(x)), lambda x, y: y, keeps="y")
_expm1 = Unary("expm1", np.expm1, lambda x, y: y + 1, keeps="y")
_log = Unary("log", np.log, lambda x, y: 1 / x, keeps="x")
_log1p = Unary("log1p", np.log1p, lambda x, y: 1 / (1 + x), keeps="x")
_sqrt = Unary("sqrt", np.sqrt, lambda x, y: 0.5 / y, keeps="y")
_rsqrt = Unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda x, y: -0.5 * y * y * y, keeps="y")
_square = Unary("square", np.square, lambda x, y: 2 * x, keeps="x", floats=False)
_reciprocal = Unary("reciprocal", lambda x: 1 / x, lambda x, y: -y * y, keeps="y")
_abs = Unary("abs", np.abs, lambda x, y: np.sign(x), keeps="x", floats=None)
_sign = Unary("sign", np.sign, zero_slope, floats=False)
_floor = Unary("floor", np.floor, zero_slope)
_ceil = Unary("ceil", np.ceil, zero_slope)
_round = Unary("round", np.round, zero_slope, floats=False)
_sin = Unary("sin", np.sin, lambda x, y: np.cos(x), keeps="x")
_cos = Unary("cos", np.cos, lambda x, y: -np.sin(x), keeps="x")
_erf = Unary("erf", _erf_values, lambda x, y: _TWO_OVER_SQRT_PI * np.exp(-x * x), keeps="x")
_clip = Unary(
    "clip",
    lambda x, x_min, x_max: np.clip(x, x_min, x_max),
    lambda x, y, x_min, x_max: zeros_if(_inside(x, x_min, x_max), 1, x),
    keeps="x",
    floats=False,
)
_copy = Unary("copy", lambda x: x, lambda x, y: 1.0, floats=None)


def add(x1: Any, x2: Any) -> Any:
    """x1 + x2.

    >>> add([1.0, 2.0], 1).numpy()
    array([2., 3.], dtype=float32)
    """
    return _add(x1, x2)


def subtract(x1: Any, x2: Any) -> Any:
    """x1 - x2."""
    return _subtract(x1, x2)


def multiply(x1: Any, x2: Any) -> Any:
    """x1 * x2, element by element."""
    return _multiply(x1, x2)


def divide(x1: Any, x2: Any) -> Any:
    """x1 / x2; integers give floatx.

    >>> divide([1, 3], 2).numpy()
    array([0.5, 1.5], dtype=float32)
    """
    return _divide(x1, x2)


true_divide = divide


def floor_divide(x1: Any, x2: Any) -> Any:
    """The largest integer not above x1 / x2; no gradient."""
    return _floor_divide(x1, x2)


def mod(x1: Any, x2: Any) -> Any:
    """x1 - floor(x1 / x2) * x2: the remainder with the sign of x2."""
    return _mod(x1, x2)


def power(x1: Any, x2: Any) -> Any:
    """x1 to the power x2."""
    if not isinstance(x2, (int, float)):
        return _power(x1, x2)
    # A number as the exponent keeps NumPy's fast x * x, and needs no gradient of its own.
    if isinstance(x2, float) and not is_float(kind_of(x1)):
        x1 = cast(x1, None)
    return _power_number(x1, exponent=x2)


def maximum(x1: Any, x2: Any) -> Any:
    """The larger of both; where they are equal each gets half of the gradient."""
    return _maximum(x1, x2)


def minimum(x1: Any, x2: Any) -> Any:
    """The smaller of both; where they are equal each gets half of the gradient."""
    return _minimum(x1, x2)


def negative(x: Any) -> Any:
    """-x."""
    return _negative(x)


def exp(x: Any) -> Any:
    """e to the power x."""
    return _exp(x)


def expm1(x: Any) -> Any:
    """exp(x) - 1, exact near 0."""
    return _expm1(x)


def log(x: Any) -> Any:
    """The natural logarithm."""
    return _log(x)


def log1p(x: Any) -> Any:
    """log(1 + x), exact near 0."""
    return _log1p(x)


def sqrt(x: Any) -> Any:
    """The square root."""
    return _sqrt(x)


def rsqrt(x: Any) -> Any:
    """1 / sqrt(x)."""
    return _rsqrt(x)


def square(x: Any) -> Any:
    """x * x."""
    return _square(x)


def reciprocal(x: Any) -> Any:
    """1 / x."""
    return _reciprocal(x)


def abs(x: Any) -> Any:
    """The absolute value; its gradient at 0 is 0."""
    return _abs(x)


absolute = abs


def sign(x: Any) -> Any:
    """-1, 0 or 1; its gradient is 0."""
    return _sign(x)


def floor(x: Any) -> Any:
    """The largest integer not above x, as a float; its gradient is 0."""
    return _floor(x)


def ceil(x: Any) -> Any:
    """The smallest integer not below x, as a float; its gradient is 0."""
    return _ceil(x)


def round(x: Any, decimals: int = 0) -> Any:
    """The nearest integer (ties to even) or decimal; its gradient is 0."""
    return _round(x, decimals=decimals) if decimals else _round(x)


def sin(x: Any) -> Any:
    """The sine."""
    return _sin(x)


def cos(x: Any) -> Any:
    """The cosine."""
    return _cos(x)


def erf(x: Any) -> Any:
    """The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x.

    Source: the rational approximations of FreeBSD's s_erf.c (Sun Microsystems, 1993).
    """
    return _erf(x)


def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """x limited to [x_min, x_max]; no gradient where it is limited.

    >>> clip([-1.0, 0.5, 2.0], 0, 1).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    bounds = [x_min, x_max]
    if all(bound is None or isinstance(bound, (int, float)) for bound in bounds):
        return _clip(x, x_min=_number(x_min), x_max=_number(x_max))
    x = x if x_min is None else maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)


def _number(bound: Any) -> Any:
    # float(): a NumPy scalar would widen the result.
    return bound if bound is None or isinstance(bound, int) else float(bound)


def copy(x: Any) -> Any:
    """x as another tensor; of a variable, its present values."""
    return _copy(x)


class _StopGradient(Op):
    name = "stop_gradient"

    @staticmethod
    def forward(ctx: Context | None, x: Array) -> Array:
        return x

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[None]:
        return (None,)

    @staticmethod
    def shape(x: Spec) -> Spec:
        return x


_stop_gradient = _StopGradient()


def stop_gradient(variable: Any) -> Any:
    """The same values, seen by the tape as a constant."""
    return _stop_gradient(variable)


class _Cast(Op):
    name = "cast"

    @staticmethod
    def forward(ctx: Context | None, x: Array, dtype: str) -> Array:
        if ctx is not None:
            ctx.saved = x.dtype
        return x.astype(dtype)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        return (dy.astype(ctx.saved, copy=False),)

    @staticmethod
    def shape(x: Spec, dtype: str) -> Spec:
        return Spec(x.shape, dtype)


_cast = _Cast()


def cast(x: Any, dtype: Any) -> Any:
    """x in another dtype; the gradient comes back in the old one.

    To bfloat16 values are rounded to the nearest, ties to even.

    Raises:
        NotOfferedError: a dtype that Keras has and tidegate has not.

    >>> cast([1.7, 2.0], "int32").numpy()
    array([1, 2], dtype=int32)
    """
    return narrow.typed(_cast, x, dtype=standardize_dtype(dtype))


class _Where(Op):
    """Two branches of one dtype; the condition is an argument without gradient."""

    name = "where"

    @staticmethod
    def forward(ctx: Context | None, condition: Array, a: Array, b: Array) -> Array:
        if ctx is not None:
            ctx.saved = (condition, a.shape, b.shape)
        return np.where(condition, a, b)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[None, Array | None, Array | None]:
        condition, a_shape, b_shape = ctx.saved
        zero = np.zeros((), dy.dtype)
        da = reduced_to(np.where(condition, dy, zero), a_shape) if ctx.needs[1] else None
        db = reduced_to(np.where(condition, zero, dy), b_shape) if ctx.needs[2] else None
        return None, da, db

    @staticmethod
    def shape(condition: Spec, a: Spec, b: Spec) -> Spec:
        return Spec(broadcast_shape("where", condition.shape, a.shape, b.shape), a.dtype)


_where = _Where()


def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition holds, else x2; all three broadcast.

    Raises:
        NotOfferedError: the condition alone, which in Keras gives the indices where it holds.

    >>> where([True, False], [1.0, 2.0], 0).numpy()
    array([1., 0.], dtype=float32)
    """
    if x1 is None or x2 is None:
        raise not_offered("where", "where without x1 and x2", "numpy.nonzero(x.numpy())")
    x1, x2 = same_dtype("where", x1, x2)
    return _where(cast(condition, "bool"), x1, x2)
