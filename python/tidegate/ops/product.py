"""Products, all of them computed by the packed kernels: matmul and the dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.autodiff import open_context, record
from tidegate.bfloat16 import BFloat16Tensor, rounded
from tidegate.devices import kernels
from tidegate.dtypes import BFLOAT16, computed_dtype
from tidegate.errors import message
from tidegate.ops import narrow
from tidegate.ops.elementwise import broadcast_shape
from tidegate.ops.integer_product import integer_product
from tidegate.ops.layout import compact, rows
from tidegate.ops.math import cast
from tidegate.ops.op import Array, Context, Op, Shape, Spec, kind_of, reduced_to
from tidegate.ops.shape import get_item, ndim
from tidegate.scopes import STATE
from tidegate.tensor import KerasTensor, Tensor, Variable, as_array

# What the kernels apply as the end of a product or inside a cell; the list is closed.
KERNEL_ACTIVATIONS = ("linear", "tanh", "sigmoid", "relu", "hard_sigmoid")


def _multiply(a: Array, b: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    """The product over the last two axes; leading axes broadcast."""
    if a.ndim == 2 and b.ndim == 2:
        return kernels().matmul(compact(a), compact(b), transpose_a, transpose_b)
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = compact(np.broadcast_to(a, (*lead, *a.shape[-2:])))
    b = compact(np.broadcast_to(b, (*lead, *b.shape[-2:])))
    return kernels().matmul(a, b, transpose_a, transpose_b)


class _Matmul(Op):
    """[..., N, K] times [..., K, M]; one matrix for all leading axes is one large product."""

    name = "matmul"
    promotes = True
    compiled = True

    @staticmethod
    def forward(ctx: Context | None, a: Array, b: Array) -> Array:
        shape = _Matmul.shape(Spec(a.shape, a.dtype.name), Spec(b.shape, b.dtype.name)).shape
        if a.dtype.kind != "f":
            return integer_product(a, b)
        if ctx is not None:
            ctx.saved = (a, b)
        if b.ndim == 2:
            return _multiply(rows(a), b).reshape(shape)
        return _multiply(a, b)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array | None]:
        a, b = ctx.saved
        da = db = None
        if b.ndim == 2:
            flat = rows(dy)
            if ctx.needs[0]:
                da = _multiply(flat, b, transpose_b=True).reshape(a.shape)
            if ctx.needs[1]:
                db = _multiply(rows(a), flat, transpose_a=True)
            return da, db
        if ctx.needs[0]:
            da = reduced_to(_multiply(dy, b, transpose_b=True), a.shape)
        if ctx.needs[1]:
            db = reduced_to(_multiply(a, dy, transpose_a=True), b.shape)
        return da, db

    @staticmethod
    def shape(a: Spec, b: Spec) -> Spec:
        inner, other = a.shape[-1], b.shape[-2]
        if inner != other and None not in (inner, other):
            raise ValueError(
                message(
                    "matmul",
                    "the last axis of the first must be as long as the last but one of the second",
                    f"{list(a.shape)} and {list(b.shape)}",
                )
            )
        lead = broadcast_shape("matmul", a.shape[:-2], b.shape[:-2])
        return Spec((*lead, a.shape[-2], b.shape[-1]), a.dtype)


_matmul = _Matmul()


def matmul(x1: Any, x2: Any) -> Any:
    """The matrix product over the last two axes, [..., N, K] times [..., K, M] -> [..., N, M].

    A vector takes part as a row (first) or as a column (second), as in NumPy; leading axes
    broadcast. Integers give integers of their common dtype, which wrap, int8 gives int32.

    Raises:
        ValueError: inner axes of different length.

    >>> matmul([[1.0, 2.0]], [[3.0], [4.0]]).numpy()
    array([[11.]], dtype=float32)
    """
    first, second = ndim(x1), ndim(x2)
    if not first or not second:
        raise ValueError(message("matmul", "both need at least one axis", "a scalar"))
    if first == 1:
        x1 = get_item(x1, (None,))
    if second == 1:
        x2 = get_item(x2, (slice(None), None))
    if kind_of(x1) == kind_of(x2) == "int8":
        x1 = cast(x1, "int32")  # Keras' rule for this one pair
    y = _matmul(x1, x2)
    if second == 1:
        y = get_item(y, (..., 0))
    if first == 1:
        y = get_item(y, (0,) if second == 1 else (..., 0, slice(None)))
    return y


def dense_weights(kernel: Any, products: str = "float32") -> Any:
    """The packed kernel: of a Variable packed once per version, of anything else per call.

    Args:
        products: "bfloat16" for products of rounded weights, which are packed beside the others.
    """
    if not isinstance(kernel, Variable):
        return _packed(compact(as_array(kernel)), products)
    version = kernel.version
    name = "dense" if products == "float32" else "dense bfloat16"
    entry = kernel.packs.get(name)
    if entry is not None and entry[0] == version:
        return entry[1]
    pack = _packed(kernel._value, products)
    kernel.packs[name] = (version, pack)
    return pack


def _packed(kernel: Array, products: str) -> Any:
    # Products of bfloat16 added up in float32 are those of float32 on rounded factors.
    return kernels().DenseWeights(rounded(kernel) if products == BFLOAT16 else kernel)


class _Dense(Op):
    name = "dense"
    compiled = True

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        for arg in args:
            if type(arg) is KerasTensor:
                return self.symbolic(args, attrs)
        if type(args[0]) is BFloat16Tensor:
            return narrow.call(self, args, attrs)
        # As `Op.__call__`; the kernel is read only to be packed.
        tapes, context = open_context(args) if STATE.tapes else ((), None)
        output = Tensor(self.run(context, *args, **attrs))
        if context is not None:
            record(tapes, self, context, (output,))
        return output

    def compute(
        self, ctx: Context | None, args: tuple[Any, ...], specs: list[Any], attrs: dict[str, Any]
    ) -> Any:
        x, kernel, bias = args
        return self.run(ctx, x, kernel, bias, attrs["activation"], BFLOAT16)

    @staticmethod
    def run(
        ctx: Context | None,
        x: Any,
        kernel: Any,
        bias: Any,
        activation: str,
        products: str = "float32",
    ) -> Array:
        """The forward pass."""
        x = x._value if type(x) is Tensor else as_array(x)
        pack = dense_weights(kernel, products)
        shape = x.shape
        flat = rows(x) if len(shape) > 1 else x
        shift = bias
        if bias is not None:
            shift = bias._value if type(bias) is Variable else compact(as_array(bias))
        try:
            y = kernels().dense_forward(flat, pack, shift, activation)
        except (TypeError, ValueError):
            weight = as_array(kernel)
            _check_dense(shape, x.dtype.name, weight.shape, weight.dtype.name)
            raise
        if ctx is not None:
            ctx.saved = (flat, y, pack, activation, bias is not None)
        return y if len(shape) == 2 else y.reshape(*shape[:-1], y.shape[1])

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array, Array | None]:
        x, y, pack, activation, use_bias = ctx.saved
        dx, dW, db = kernels().dense_backward(
            x, pack, y, rows(dy), activation, ctx.needs[0], use_bias
        )
        if dx is not None and dy.ndim != 2:
            dx = dx.reshape(*dy.shape[:-1], x.shape[1])
        return dx, dW, db

    @staticmethod
    def shape(x: Spec, kernel: Spec, bias: Spec | None, activation: str) -> Spec:
        _check_dense(x.shape, x.dtype, kernel.shape, kernel.dtype)
        return Spec((*x.shape[:-1], kernel.shape[1]), x.dtype)


_dense = _Dense()


def _check_dense(x: Shape, x_dtype: str, kernel: Shape, dtype: str) -> None:
    if len(kernel) != 2:
        raise ValueError(message("dense", "kernel must be [I, O]", list(kernel)))
    if len(x) < 2 or (x[-1] is not None and x[-1] != kernel[0]):
        raise ValueError(
            message(
                "dense",
                f"x must be [..., I] with at least two axes and I = {kernel[0]}",
                list(x),
                "is the last axis that of the features?",
            )
        )
    if computed_dtype(x_dtype) != computed_dtype(dtype):
        raise TypeError(
            message(
                "dense",
                f"x must have the dtype of the kernel, {dtype}",
                x_dtype,
                f'ops.cast(x, "{dtype}"), or call the layer, which converts arrays',
            )
        )


def dense(x: Any, kernel: Any, bias: Any = None, activation: str | None = None) -> Any:
    """activation(x kernel + bias) over the last axis, as one operation.

    Args:
        x: [..., I]; of dtype bfloat16 with a float32 kernel (and bias) the products are of rounded
            weights, their sums float32, the result is rounded once
        kernel: [I, O]
        bias: [O] or None
        activation: the name of any activation; None is linear. Those of `KERNEL_ACTIVATIONS` are
            computed where the product leaves the registers.

    Returns:
        [..., O]

    >>> dense([[1.0, 2.0]], [[1.0], [1.0]], [-5.0], "relu").numpy()
    array([[0.]], dtype=float32)
    """
    if activation is None or activation in KERNEL_ACTIVATIONS:
        return _dense(x, kernel, bias, activation=activation or "linear")
    from tidegate import activations

    return activations.get(activation)(_dense(x, kernel, bias, activation="linear"))
