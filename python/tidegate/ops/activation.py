"""Activation functions as operations on tensors.

tanh, sigmoid and hard_sigmoid come from the kernels, so that an activation of its own gives the
bits of one inside a recurrent or dense layer; the others are NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate.devices import kernels
from tidegate.ops.elementwise import Unary, as_floating, floating_dtype, zeros_if
from tidegate.ops.erf import erf as _erf
from tidegate.ops.layout import compact, rows
from tidegate.ops.op import Array, Context, Op, Spec, axis_of

_SQRT_HALF = 0.5**0.5
_INV_SQRT_2PI = (2 * np.pi) ** -0.5
_SQRT_2_OVER_PI = (2 / np.pi) ** 0.5
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _kernel(name: str) -> Callable[[Array], Array]:
    """An activation of the closed list, by the kernels: the bits of the recurrent layers."""

    def values(x: Array) -> Array:
        return kernels().activation(name, compact(x))

    return values


sigmoid_values = _kernel("sigmoid")


def softplus_values(x: Array) -> Array:
    """log(1 + exp(x)) without overflow."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _gelu(x: Array, approximate: bool) -> Array:
    if approximate:
        return 0.5 * x * (1 + np.tanh(_SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)))
    return 0.5 * x * (1 + _erf(x * _SQRT_HALF))


def _gelu_slope(x: Array, y: Array, approximate: bool) -> Array:
    if approximate:
        t = np.tanh(_SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))
        inner = _SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x)
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner
    return 0.5 * (1 + _erf(x * _SQRT_HALF)) + x * _INV_SQRT_2PI * np.exp(-0.5 * x * x)


def _elu(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))).astype(x.dtype, copy=False)


def _silu_slope(x: Array, y: Array) -> Array:
    s = sigmoid_values(x)
    return s * (1 + x * (1 - s))


_tanh = Unary("tanh", _kernel("tanh"), lambda x, y: 1 - y * y, keeps="y")
_sigmoid = Unary("sigmoid", sigmoid_values, lambda x, y: y * (1 - y), keeps="y")
_relu = Unary(
    "relu", lambda x: np.maximum(x, 0), lambda x, y: zeros_if(y > 0, 1, y), "y", floats=False
)
_hard_sigmoid = Unary(
    "hard_sigmoid",
    _kernel("hard_sigmoid"),
    lambda x, y: zeros_if((y > 0) & (y < 1), 1 / 6, y),
    keeps="y",
)
_softplus = Unary("softplus", softplus_values, lambda x, y: sigmoid_values(x), keeps="x")
_softsign = Unary(
    "softsign",
    lambda x: x / (1 + np.abs(x)),
    lambda x, y: 1 / np.square(1 + np.abs(x)),
    keeps="x",
)
_silu = Unary("silu", lambda x: x * sigmoid_values(x), _silu_slope, keeps="x")
_elu_op = Unary(
    "elu",
    _elu,
    lambda x, y, alpha: np.where(x > 0, 1, y + alpha).astype(x.dtype),
    keeps="xy",
)
_selu = Unary(
    "selu",
    lambda x: _SELU_SCALE * _elu(x, _SELU_ALPHA),
    lambda x, y: np.where(x > 0, _SELU_SCALE, y + _SELU_SCALE * _SELU_ALPHA).astype(x.dtype),
    keeps="xy",
)
_gelu_op = Unary("gelu", _gelu, _gelu_slope, keeps="x")
_leaky_relu = Unary(
    "leaky_relu",
    lambda x, negative_slope: np.where(x > 0, x, negative_slope * x).astype(x.dtype, copy=False),
    lambda x, y, negative_slope: np.where(x > 0, 1, negative_slope).astype(x.dtype),
    keeps="x",
)
_relu6 = Unary(
    "relu6",
    lambda x: np.clip(x, 0, 6),
    lambda x, y: zeros_if((x > 0) & (x < 6), 1, x),
    keeps="x",
    floats=False,
)
_log_sigmoid = Unary(
    "log_sigmoid", lambda x: -softplus_values(-x), lambda x, y: sigmoid_values(-x), keeps="x"
)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent.

    >>> tanh([0.0, 100.0]).numpy()
    array([0., 1.], dtype=float32)
    """
    return _tanh(x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)).

    >>> sigmoid([0.0, -1000.0]).numpy()
    array([0.5, 0. ], dtype=float32)
    """
    return _sigmoid(x)


def relu(x: Any) -> Any:
    """max(x, 0); its gradient at 0 is 0."""
    return _relu(x)


def relu6(x: Any) -> Any:
    """x limited to [0, 6]."""
    return _relu6(x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """x where it is positive, else negative_slope * x."""
    return _leaky_relu(x, negative_slope=float(negative_slope))


def hard_sigmoid(x: Any) -> Any:
    """relu6(x + 3) / 6, as in Keras 3 (Keras 2 had another slope)."""
    return _hard_sigmoid(x)


def softplus(x: Any) -> Any:
    """log(1 + exp(x))."""
    return _softplus(x)


def softsign(x: Any) -> Any:
    """x / (1 + |x|)."""
    return _softsign(x)


def silu(x: Any) -> Any:
    """x * sigmoid(x), also called swish."""
    return _silu(x)


swish = silu


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where it is positive, else alpha * (exp(x) - 1).

    Source: Clevert, Unterthiner, Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units", 2016.
    """
    return _elu_op(x, alpha=float(alpha))


def selu(x: Any) -> Any:
    """elu with the scale and alpha that keep mean 0 and variance 1.

    Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """
    return _selu(x)


def gelu(x: Any, approximate: bool = True) -> Any:
    """x times the normal distribution function at x, or its tanh form.

    Source: Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016.
    """
    return _gelu_op(x, approximate=bool(approximate))


def log_sigmoid(x: Any) -> Any:
    """log(sigmoid(x)) without underflow."""
    return _log_sigmoid(x)


def softmax_values(x: Array, axis: int) -> Array:
    """exp(x) over its sum along the axis, the largest element taken out first."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


class _Softmax(Op):
    name = "softmax"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(ctx: Context | None, x: Array, axis: int) -> Array:
        x = as_floating(x)
        if x.ndim and axis_of("softmax", axis, x.ndim) == x.ndim - 1:
            y = kernels().softmax(rows(x)).reshape(x.shape)
        else:
            y = softmax_values(x, axis)
        if ctx is not None:
            ctx.saved = (y, axis)
        return y

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        y, axis = ctx.saved
        if axis_of("softmax", axis, y.ndim) == y.ndim - 1:
            return (kernels().softmax_backward(rows(y), rows(dy)).reshape(y.shape),)
        return (y * (dy - np.sum(dy * y, axis=axis, keepdims=True)),)

    @staticmethod
    def shape(x: Spec, axis: int) -> Spec:
        axis_of("softmax", axis, len(x.shape))
        return Spec(x.shape, floating_dtype(x.dtype))


class _LogSoftmax(Op):
    name = "log_softmax"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(ctx: Context | None, x: Array, axis: int) -> Array:
        x = as_floating(x)
        shifted = x - np.max(x, axis=axis, keepdims=True)
        y = shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
        if ctx is not None:
            ctx.saved = (y, axis)
        return y

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        y, axis = ctx.saved
        return (dy - np.exp(y) * np.sum(dy, axis=axis, keepdims=True),)

    @staticmethod
    def shape(x: Spec, axis: int) -> Spec:
        axis_of("log_softmax", axis, len(x.shape))
        return Spec(x.shape, floating_dtype(x.dtype))


_softmax = _Softmax()
_log_softmax = _LogSoftmax()


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) divided by its sum along the axis.

    >>> softmax([[0.0, 0.0]]).numpy()
    array([[0.5, 0.5]], dtype=float32)
    """
    return _softmax(x, axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) without underflow."""
    return _log_softmax(x, axis=axis)
