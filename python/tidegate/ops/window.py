"""Windows over the steps of a sequence: padding, convolution, pooling.

[B, T, C] in, windows of k steps gathered at a stride, [B, L, C'] out. A convolution is one product
of the gathered windows [B * L, k * C] with the kernel [k * C, F], by the package's product.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.devices import kernels
from tidegate.errors import message, not_offered
from tidegate.ops.layout import compact
from tidegate.ops.op import Array, Context, Op, Shape, Spec, kind_of
from tidegate.ops.shape import ndim, shape, transpose

__all__ = ["average_pool", "conv", "conv_length", "max_pool", "pad", "same_padding"]


class _Pad(Op):
    name = "pad"

    @staticmethod
    def forward(ctx: Context | None, x: Array, width: Any, value: Any) -> Array:
        if ctx is not None:
            ctx.saved = tuple(slice(a, a + n) for (a, _), n in zip(width, x.shape, strict=True))
        return np.pad(x, width, constant_values=value)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        return (dy[ctx.saved],)

    @staticmethod
    def shape(x: Spec, width: Any, value: Any) -> Spec:
        return Spec(
            tuple(None if n is None else a + n + b for (a, b), n in zip(width, x.shape)), x.dtype
        )


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """x with elements of one value (default 0) around it.

    Args:
        pad_width: ((before, after), ...) for each axis, one pair or one number for all.
        mode: "constant"; others are not offered.

    >>> pad([1, 2], (1, 2)).numpy()
    array([0, 1, 2, 0, 0], dtype=int32)
    """
    if mode != "constant":
        raise not_offered("pad", f"mode={mode!r}", '"constant"')
    rank = ndim(x)
    try:
        width = np.broadcast_to(np.asarray(pad_width, dtype=int), (rank, 2))
    except ValueError as error:
        raise ValueError(
            message("pad", f"pad_width must have a pair for each of {rank} axes", pad_width)
        ) from error
    pairs = tuple((int(a), int(b)) for a, b in width)
    return _pad(x, width=pairs, value=0 if constant_values is None else constant_values)


def same_padding(length: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """(before, after) so that ceil(length / stride) windows fit; an odd one goes behind.

    >>> same_padding(5, 4, 2)
    (1, 2)
    """
    windows = -(-length // stride)
    total = max((windows - 1) * stride + (size - 1) * dilation + 1 - length, 0)
    return total // 2, total - total // 2


def conv_length(
    op: str, length: int | None, size: int, stride: int, padding: str, dilation: int = 1
) -> int | None:
    """How many windows there are.

    Raises:
        ValueError: none fits.
    """
    if length is None:
        return None
    if padding in ("same", "causal"):
        return -(-length // stride)
    windows = (length - dilation * (size - 1) - 1) // stride + 1
    if windows <= 0:
        raise ValueError(
            message(op, f"a window of {dilation * (size - 1) + 1} steps must fit", length)
        )
    return windows


def _windows(x: Array, size: int, stride: int, dilation: int) -> Array:
    """[B, T, C] as [B, L, k, C], a view."""
    batch, length, channels = x.shape
    windows = (length - dilation * (size - 1) - 1) // stride + 1
    b, t, c = x.strides
    return np.lib.stride_tricks.as_strided(
        x, (batch, windows, size, channels), (b, t * stride, t * dilation, c), writeable=False
    )


def _spread(parts: Any, shape: tuple[int, ...], stride: int, dilation: int, like: Array) -> Array:
    """The inverse: each window's k parts [B, L, C] added to the steps that they came from."""
    dx = np.zeros(shape, like.dtype)
    for number, part in enumerate(parts):
        start = number * dilation
        dx[:, start : start + (part.shape[1] - 1) * stride + 1 : stride] += part
    return dx


class _Conv(Op):
    """x [B, T, C] with a kernel [k, C / g, F]; group j of C makes group j of F."""

    name = "conv"
    promotes = True
    compiled = True

    @staticmethod
    def forward(ctx: Context | None, x: Array, kernel: Array, stride: int, dilation: int) -> Array:
        groups = x.shape[-1] // kernel.shape[1]
        columns = _columns(x, kernel.shape[0], stride, dilation, groups)
        y = kernels().matmul(columns, _by_group(kernel, groups), False, False)
        if ctx is not None:
            ctx.saved = (x, kernel, stride, dilation, groups)
        windows = (x.shape[1] - dilation * (kernel.shape[0] - 1) - 1) // stride + 1
        joined = np.moveaxis(y, 0, 1).reshape(x.shape[0], windows, kernel.shape[2])
        return compact(joined)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array | None]:
        x, kernel, stride, dilation, groups = ctx.saved
        size, inner, filters = kernel.shape
        batch, windows = dy.shape[:2]
        d = dy.reshape(batch * windows, groups, filters // groups)
        d = compact(np.moveaxis(d, 1, 0))
        dx = dkernel = None
        if ctx.needs[0]:
            dcolumns = kernels().matmul(d, _by_group(kernel, groups), False, True)
            parts = dcolumns.reshape(groups, batch, windows, size, inner)
            parts = np.moveaxis(parts, 0, 3).reshape(batch, windows, size, groups * inner)
            dx = _spread(np.moveaxis(parts, 2, 0), x.shape, stride, dilation, dy)
        if ctx.needs[1]:
            columns = _columns(x, size, stride, dilation, groups)
            dk = kernels().matmul(columns, d, True, False)  # [g, k * C/g, F/g]
            dk = dk.reshape(groups, size, inner, filters // groups)
            dkernel = np.moveaxis(dk, 0, 2).reshape(kernel.shape)
        return dx, dkernel

    @staticmethod
    def shape(x: Spec, kernel: Spec, stride: int, dilation: int) -> Spec:
        size, _, filters = kernel.shape
        assert size is not None
        length = conv_length("conv", x.shape[1], size, stride, "valid", dilation)
        return Spec((x.shape[0], length, filters), x.dtype)


def _columns(x: Array, size: int, stride: int, dilation: int, groups: int) -> Array:
    """[B, T, C] as [g, B * L, k * C/g]."""
    taken = _windows(x, size, stride, dilation)
    batch, windows, _, channels = taken.shape
    inner = channels // groups
    split = taken.reshape(batch, windows, size, groups, inner)
    return compact(np.moveaxis(split, 3, 0)).reshape(groups, batch * windows, size * inner)


def _by_group(kernel: Array, groups: int) -> Array:
    """[k, C/g, F] as [g, k * C/g, F/g]."""
    size, inner, filters = kernel.shape
    split = kernel.reshape(size, inner, groups, filters // groups)
    return compact(np.moveaxis(split, 2, 0)).reshape(groups, size * inner, filters // groups)


class _MaxPool(Op):
    """The largest step of each window; of equal ones the first gets the gradient."""

    name = "max_pool"

    @staticmethod
    def forward(ctx: Context | None, x: Array, size: int, stride: int) -> Array:
        taken = _windows(x, size, stride, 1)
        if ctx is not None:
            ctx.saved = (x.shape, taken.argmax(axis=2), size, stride)
        return taken.max(axis=2)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        shape, first, size, stride = ctx.saved
        zero = np.zeros((), dy.dtype)
        parts = (np.where(first == number, dy, zero) for number in range(size))
        return (_spread(parts, shape, stride, 1, dy),)

    @staticmethod
    def shape(x: Spec, size: int, stride: int) -> Spec:
        length = conv_length("max_pool", x.shape[1], size, stride, "valid")
        return Spec((x.shape[0], length, x.shape[2]), x.dtype)


class _AveragePool(Op):
    """The mean of each window; ``before`` and ``after`` steps of padding do not count."""

    name = "average_pool"

    @staticmethod
    def forward(
        ctx: Context | None, x: Array, size: int, stride: int, before: int, after: int
    ) -> Array:
        length = x.shape[1] + before + after
        inside = np.zeros((1, length, 1), x.dtype)
        inside[:, before : length - after] = 1
        counts = _windows(inside, size, stride, 1).sum(axis=2)
        padded = np.pad(x, ((0, 0), (before, after), (0, 0)))
        if ctx is not None:
            ctx.saved = (padded.shape, counts, size, stride, before, x.shape[1])
        return _windows(padded, size, stride, 1).sum(axis=2) / counts

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        shape, counts, size, stride, before, length = ctx.saved
        share = dy / counts
        dx = _spread((share for _ in range(size)), shape, stride, 1, dy)
        return (dx[:, before : before + length],)

    @staticmethod
    def shape(x: Spec, size: int, stride: int, before: int, after: int) -> Spec:
        steps = None if x.shape[1] is None else x.shape[1] + before + after
        length = conv_length("average_pool", steps, size, stride, "valid")
        return Spec((x.shape[0], length, x.shape[2]), x.dtype)


_pad = _Pad()
_conv = _Conv()
_max_pool = _MaxPool()
_average_pool = _AveragePool()


def _one(op: str, name: str, value: Any) -> int:
    """A size given as a number or a tuple of one."""
    sizes = value if isinstance(value, (tuple, list)) else (value,)
    if len(sizes) != 1 or int(sizes[0]) < 1:
        raise ValueError(message(op, f"{name} must be a positive int", repr(value)))
    return int(sizes[0])


def _steps_second(op: str, x: Any, data_format: str | None) -> tuple[Any, bool]:
    """x as [B, T, C], and whether it came as [B, C, T]."""
    if ndim(x) != 3:
        raise not_offered(op, f"an input of {ndim(x)} axes", "sequences [B, T, C]")
    first = data_format == "channels_first"
    return (transpose(x, (0, 2, 1)) if first else x), first


def _around(
    op: str, x: Any, padding: str, size: int, stride: int, dilation: int = 1
) -> tuple[int, int]:
    """Steps of padding (before, after)."""
    if padding == "valid":
        return 0, 0
    length = shape(x)[1]
    if length is None:
        raise ValueError(
            message(
                op,
                'padding="same" needs a known number of steps',
                shape(x),
                "the layer takes any number: it pads when it runs",
            )
        )
    return same_padding(length, size, stride, dilation)


def _padded_steps(x: Any, around: tuple[int, int], value: Any) -> Any:
    before, after = around
    if not before and not after:
        return x
    return pad(x, ((0, 0), (before, after), (0, 0)), constant_values=value)


def _checked(op: str, padding: Any) -> str:
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same"):
        raise ValueError(message(op, 'padding must be "valid" or "same"', repr(padding)))
    return name


def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolution over the steps: y[l] = sum over i of x[l * stride + i * dilation] kernel[i].

    Args:
        inputs: [B, T, C], or [B, C, T] with "channels_first".
        kernel: [k, C / groups, F]; the number of groups follows from C.
        padding: "valid", or "same": zeros around so that ceil(T / stride) windows fit.

    >>> conv([[[1.0], [2.0], [3.0]]], [[[1.0]], [[10.0]]]).numpy().tolist()
    [[[21.0], [32.0]]]
    """
    padding = _checked("conv", padding)
    x, first = _steps_second("conv", inputs, data_format)
    size, inner, filters = _kernel_shape(kernel)
    stride, dilation = _one("conv", "strides", strides), _one("conv", "dilation", dilation_rate)
    channels = shape(x)[2]
    if channels is None or channels % inner or filters % (channels // inner):
        raise ValueError(
            message(
                "conv",
                "the kernel must be [k, C / groups, F] with groups dividing C and F",
                f"{[size, inner, filters]} for {channels} channels",
            )
        )
    if kind_of(x) not in ("float32", "float64", "bfloat16", float):
        raise TypeError(message("conv", "the input must be float", kind_of(x)))
    x = _padded_steps(x, _around("conv", x, padding, size, stride, dilation), 0)
    conv_length("conv", shape(x)[1], size, stride, "valid", dilation)
    y = _conv(x, kernel, stride=stride, dilation=dilation)
    return transpose(y, (0, 2, 1)) if first else y


def _kernel_shape(kernel: Any) -> tuple[int, int, int]:
    sizes: Shape = shape(kernel)
    if len(sizes) != 3 or None in sizes:
        raise ValueError(message("conv", "the kernel must be [k, C / groups, F]", list(sizes)))
    return sizes  # type: ignore[return-value]


def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The largest element of each window of steps; strides are the window's size if None.

    >>> max_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).numpy().tolist()
    [[[3.0], [2.0]]]
    """
    padding = _checked("max_pool", padding)
    x, first = _steps_second("max_pool", inputs, data_format)
    size = _one("max_pool", "pool_size", pool_size)
    stride = size if strides is None else _one("max_pool", "strides", strides)
    x = _padded_steps(x, _around("max_pool", x, padding, size, stride), -np.inf)
    conv_length("max_pool", shape(x)[1], size, stride, "valid")
    y = _max_pool(x, size=size, stride=stride)
    return transpose(y, (0, 2, 1)) if first else y


def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Any:
    """The mean of each window of steps; padding does not count.

    >>> average_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).numpy().tolist()
    [[[2.0], [1.0]]]
    """
    padding = _checked("average_pool", padding)
    x, first = _steps_second("average_pool", inputs, data_format)
    size = _one("average_pool", "pool_size", pool_size)
    stride = size if strides is None else _one("average_pool", "strides", strides)
    before, after = _around("average_pool", x, padding, size, stride)
    conv_length("average_pool", shape(x)[1], size, stride, padding)
    y = _average_pool(x, size=size, stride=stride, before=before, after=after)
    return transpose(y, (0, 2, 1)) if first else y
