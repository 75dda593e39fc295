"""Operations that move elements without computing: reshape, transpose, concatenate, slices."""

from __future__ import annotations

import builtins
import itertools
import math
import operator
from typing import Any

import numpy as np

from tidegate.errors import message
from tidegate.ops.elementwise import broadcast_shape
from tidegate.ops.op import Array, Context, Op, Shape, Spec, axis_of, reduced_to, same_dtype
from tidegate.symbolic import KerasTensor
from tidegate.tensor import as_array


class _Reshape(Op):
    name = "reshape"
    moves = True

    @staticmethod
    def forward(ctx: Context | None, x: Array, newshape: tuple[int, ...]) -> Array:
        if ctx is not None:
            ctx.saved = x.shape
        try:
            return np.reshape(x, newshape)
        except ValueError as error:
            raise ValueError(
                message(
                    "reshape",
                    f"a tensor of {x.size} elements must keep their number",
                    f"shape {x.shape} to {newshape}",
                    "one axis may be -1: it takes what the others leave",
                )
            ) from error

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        return (np.reshape(dy, ctx.saved),)

    @staticmethod
    def shape(x: Spec, newshape: tuple[int | None, ...]) -> Spec:
        if None in x.shape:
            return Spec(tuple(None if n == -1 else n for n in newshape), x.dtype)
        total = math.prod(n for n in x.shape if n is not None)
        known = math.prod(n for n in newshape if n not in (-1, None))
        if (-1 not in newshape and known != total) or (known and total % known):
            raise ValueError(
                message(
                    "reshape",
                    f"a tensor of {total} elements must keep their number",
                    f"shape {x.shape} to {newshape}",
                )
            )
        rest = total // known if known else 0
        return Spec(tuple(rest if n == -1 else n for n in newshape), x.dtype)


class _Transpose(Op):
    name = "transpose"
    moves = True

    @staticmethod
    def forward(ctx: Context | None, x: Array, axes: tuple[int, ...] | None) -> Array:
        if ctx is not None:
            ctx.saved = axes
        return np.transpose(x, axes)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        axes = ctx.saved
        return (np.transpose(dy, None if axes is None else np.argsort(axes)),)

    @staticmethod
    def shape(x: Spec, axes: tuple[int, ...] | None) -> Spec:
        order = range(len(x.shape))[::-1] if axes is None else axes
        return Spec(tuple(x.shape[axis] for axis in order), x.dtype)


class _Concatenate(Op):
    name = "concatenate"
    promotes = True
    moves = True

    @staticmethod
    def forward(ctx: Context | None, *xs: Array, axis: int) -> Array:
        if ctx is not None:
            ctx.saved = (axis, [x.shape[axis] for x in xs])
        try:
            return np.concatenate(xs, axis=axis)
        except ValueError:
            _Concatenate.shape(*[Spec(x.shape, x.dtype.name) for x in xs], axis=axis)
            raise

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array, ...]:
        axis, lengths = ctx.saved
        return tuple(np.split(dy, np.cumsum(lengths)[:-1], axis=axis))

    @staticmethod
    def shape(*xs: Spec, axis: int) -> Spec:
        first = xs[0].shape
        at = axis_of("concatenate", axis, len(first))
        length: int | None = 0
        result = list(first)
        for x in xs:
            if len(x.shape) != len(first) or any(
                i != at and None not in (m, n) and m != n
                for i, (m, n) in enumerate(zip(first, x.shape))
            ):
                raise ValueError(
                    message(
                        "concatenate",
                        f"shapes must be equal on every axis but {at}",
                        ", ".join(str(list(one.shape)) for one in xs),
                    )
                )
            n = x.shape[at]
            length = None if length is None or n is None else length + n
            result = [m if m is not None else k for m, k in zip(result, x.shape)]
        result[at] = length
        return Spec(tuple(result), xs[0].dtype)


class _Stack(Op):
    name = "stack"
    promotes = True
    moves = True

    @staticmethod
    def forward(ctx: Context | None, *xs: Array, axis: int) -> Array:
        if ctx is not None:
            ctx.saved = axis
        return np.stack(xs, axis=axis)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array, ...]:
        return tuple(np.moveaxis(dy, ctx.saved, 0))

    @staticmethod
    def shape(*xs: Spec, axis: int) -> Spec:
        at = axis_of("stack", axis, len(xs[0].shape) + 1)
        for x in xs:
            broadcast_shape("stack", x.shape, xs[0].shape)
        return Spec((*xs[0].shape[:at], len(xs), *xs[0].shape[at:]), xs[0].dtype)


class _Split(Op):
    """Always a tuple of parts, so an output may have no gradient."""

    name = "split"

    @staticmethod
    def forward(ctx: Context | None, x: Array, cuts: tuple[int, ...], axis: int) -> Any:
        parts = tuple(np.split(x, cuts, axis=axis))
        if ctx is not None:
            ctx.saved = (axis, [part.shape for part in parts], x.dtype)
        return parts

    @staticmethod
    def vjp(ctx: Context, *dys: Array | None) -> tuple[Array]:
        axis, shapes, dtype = ctx.saved
        parts = [
            np.zeros(shape, dtype) if dy is None else dy
            for dy, shape in zip(dys, shapes, strict=True)
        ]
        return (np.concatenate(parts, axis=axis),)

    @staticmethod
    def shape(x: Spec, cuts: tuple[int, ...], axis: int) -> Any:
        at = axis_of("split", axis, len(x.shape))
        edges = [0, *cuts, x.shape[at]]
        return tuple(
            Spec(
                tuple(
                    (None if b is None or a is None else b - a) if i == at else n
                    for i, n in enumerate(x.shape)
                ),
                x.dtype,
            )
            for a, b in itertools.pairwise(edges)
        )


class _BroadcastTo(Op):
    name = "broadcast_to"

    @staticmethod
    def forward(ctx: Context | None, x: Array, shape: tuple[int, ...]) -> Array:
        if ctx is not None:
            ctx.saved = x.shape
        try:
            return np.broadcast_to(x, shape)
        except ValueError as error:
            raise ValueError(
                message(
                    "broadcast_to",
                    "an axis can be spread only from length 1",
                    f"shape {x.shape} to {shape}",
                )
            ) from error

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        return (reduced_to(dy, ctx.saved),)

    # The attribute of the call is Keras' `shape` too, hence the name given here.
    @staticmethod
    def shape(x: Spec, shape: Shape) -> Spec:
        return Spec(broadcast_shape("broadcast_to", x.shape, shape), x.dtype)


class _GetItem(Op):
    name = "get_item"

    @staticmethod
    def forward(ctx: Context | None, x: Array, index: Any) -> Array:
        if ctx is not None:
            ctx.saved = (x.shape, x.dtype, index)
        try:
            return x[index]
        except IndexError as error:
            raise IndexError(
                message("get_item", "the index must fit the shape", f"{index} for {x.shape}")
            ) from error

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        shape, dtype, index = ctx.saved
        dx = np.zeros(shape, dtype)
        if _is_basic(index):
            dx[index] = dy
        else:
            np.add.at(dx, index, dy)  # an element may have been taken more than once
        return (dx,)

    @staticmethod
    def shape(x: Spec, index: Any) -> Spec:
        return Spec(_indexed_shape(x.shape, index), x.dtype)


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, (int, builtins.slice))
        for part in parts
    )


def _indexed_shape(shape: Shape, index: Any) -> Shape:
    """The shape after indexing; an unknown axis stays unknown under a slice."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if not _is_basic(index):
        # Unknown axes are given a length that no index can miss.
        stand_in = np.broadcast_to(
            np.empty((), np.int8), [1 << 20 if n is None else n for n in shape]
        )
        return tuple(None if n == 1 << 20 else n for n in stand_in[index].shape)
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    if taken > len(shape):
        raise IndexError(
            message("get_item", "the index must fit the shape", f"{index} for {shape}")
        )
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    result: list[int | None] = []
    axis = 0
    for part in parts:
        if part is None:
            result.append(1)
        elif part is Ellipsis:
            rest = len(shape) - taken
            result.extend(shape[axis : axis + rest])
            axis += rest
        elif isinstance(part, builtins.slice):
            length = shape[axis]
            result.append(None if length is None else len(range(*part.indices(length))))
            axis += 1
        else:
            length = shape[axis]
            if length is not None and not -length <= part < length:
                raise IndexError(
                    message("get_item", "the index must fit the shape", f"{index} for {shape}")
                )
            axis += 1
    return tuple(result)


class _Take(Op):
    """Elements along one axis, for each element of the indices."""

    name = "take"

    @staticmethod
    def forward(ctx: Context | None, x: Array, indices: Array, axis: int) -> Array:
        length = x.shape[axis]
        if indices.size and not (-length <= indices.min() and indices.max() < length):
            raise IndexError(
                message(
                    "take",
                    f"indices must lie in [{-length}, {length})",
                    f"from {indices.min()} to {indices.max()}",
                )
            )
        if ctx is not None:
            ctx.saved = (x.shape, x.dtype, indices, axis)
        return np.take(x, indices, axis=axis)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array, None]:
        shape, dtype, indices, axis = ctx.saved
        dx = np.zeros(shape, dtype)
        at = axis % len(shape)
        np.add.at(dx, (builtins.slice(None),) * at + (indices,), dy)
        return dx, None

    @staticmethod
    def shape(x: Spec, indices: Spec, axis: int) -> Spec:
        at = axis_of("take", axis, len(x.shape))
        return Spec((*x.shape[:at], *indices.shape, *x.shape[at + 1 :]), x.dtype)


class _Flip(Op):
    name = "flip"

    @staticmethod
    def forward(ctx: Context | None, x: Array, axis: Any) -> Array:
        if ctx is not None:
            ctx.saved = axis
        return np.flip(x, axis)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        return (np.flip(dy, ctx.saved),)

    @staticmethod
    def shape(x: Spec, axis: Any) -> Spec:
        return x


class _Repeat(Op):
    name = "repeat"

    @staticmethod
    def forward(ctx: Context | None, x: Array, repeats: int, axis: int) -> Array:
        if ctx is not None:
            ctx.saved = (x.shape, repeats, axis)
        return np.repeat(x, repeats, axis=axis)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array]:
        shape, repeats, axis = ctx.saved
        at = axis % len(shape)
        return (dy.reshape(*shape[: at + 1], repeats, *shape[at + 1 :]).sum(axis=at + 1),)

    @staticmethod
    def shape(x: Spec, repeats: int, axis: int) -> Spec:
        at = axis_of("repeat", axis, len(x.shape))
        n = x.shape[at]
        longer = None if n is None else n * repeats
        return Spec((*x.shape[:at], longer, *x.shape[at + 1 :]), x.dtype)


_reshape = _Reshape()
_transpose = _Transpose()
_concatenate = _Concatenate()
_stack = _Stack()
_split = _Split()
_broadcast_to = _BroadcastTo()
_getitem = _GetItem()
_take = _Take()
_flip = _Flip()
_repeat = _Repeat()


def shape(x: Any) -> Shape:
    """The shape as a tuple; None where a symbolic tensor does not know.

    >>> shape([[1, 2, 3]])
    (1, 3)
    """
    return tuple(x.shape) if hasattr(x, "shape") else as_array(x).shape


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(shape(x))


def reshape(x: Any, newshape: Any) -> Any:
    """The same elements in another shape; one axis may be -1.

    >>> reshape([1, 2, 3, 4], (2, -1)).shape
    (2, 2)
    """
    wanted = (newshape,) if isinstance(newshape, int) else tuple(newshape)
    return _reshape(x, newshape=tuple(-1 if n is None else operator.index(n) for n in wanted))


def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in another order, reversed if None.

    >>> transpose([[1, 2, 3]]).shape
    (3, 1)
    """
    if axes is None:
        return _transpose(x, axes=None)
    rank = ndim(x)
    order = tuple(axis_of("transpose", axis, rank) for axis in axes)
    if sorted(order) != list(range(rank)):
        raise ValueError(
            message("transpose", f"axes must name each of {rank} axes once", tuple(axes))
        )
    return _transpose(x, axes=order)


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    order = list(range(ndim(x)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(x, order)


def moveaxis(x: Any, source: int, destination: int) -> Any:
    """One axis at another place, the others in their order."""
    rank = ndim(x)
    order = [axis for axis in range(rank) if axis != axis_of("moveaxis", source, rank)]
    order.insert(axis_of("moveaxis", destination, rank), axis_of("moveaxis", source, rank))
    return transpose(x, order)


def concatenate(xs: Any, axis: int = 0) -> Any:
    """Tensors joined along an axis that exists.

    >>> concatenate([[1.0, 2.0], [3.0]], axis=0).numpy()
    array([1., 2., 3.], dtype=float32)
    """
    return _concatenate(*_some("concatenate", xs), axis=axis)


def stack(x: Any, axis: int = 0) -> Any:
    """Tensors of one shape joined along a new axis."""
    return _stack(*_some("stack", x), axis=axis)


def _some(op: str, xs: Any) -> list[Any]:
    items = list(xs)
    if not items:
        raise ValueError(message(op, "at least one tensor is needed", "an empty list"))
    return items


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: that many equal ones, or cut at these indices.

    >>> [part.shape for part in split([[1, 2, 3, 4]], 2, axis=-1)]
    [(1, 2), (1, 2)]
    """
    if not isinstance(indices_or_sections, int):
        return list(_split(x, cuts=tuple(int(i) for i in indices_or_sections), axis=axis))
    length = shape(x)[axis_of("split", axis, ndim(x))]
    sections = indices_or_sections
    if length is None or sections < 1 or length % sections:
        raise ValueError(
            message(
                "split",
                f"axis {axis} must have a known length that {sections} divides",
                length,
                "give the indices to cut at",
            )
        )
    part = length // sections
    return list(_split(x, cuts=tuple(part * i for i in range(1, sections)), axis=axis))


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Any]:
    """One tensor for each index of an axis, without that axis."""
    count = num if num is not None else shape(x)[axis_of("unstack", axis, ndim(x))]
    if count is None:
        raise ValueError(message("unstack", f"axis {axis} must have a known length", shape(x)))
    return [squeeze(part, axis) for part in split(x, count, axis)]


def expand_dims(x: Any, axis: Any) -> Any:
    """A new axis of length 1; several, if axis is a tuple or list of places in the result.

    Raises:
        ValueError: no such place, or one given twice.

    >>> expand_dims([1, 2], -1).shape, expand_dims([1, 2], (0, 2)).shape
    ((2, 1), (1, 2, 1))
    """
    given = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    count = ndim(x) + len(given)
    axes = {axis_of("expand_dims", one, count) for one in given}
    if len(axes) < len(given):
        raise ValueError(message("expand_dims", "axes must differ", axis))
    index = [None if i in axes else builtins.slice(None) for i in range(count)]
    return _getitem(x, index=tuple(index))


def squeeze(x: Any, axis: Any = None) -> Any:
    """Without axes of length 1: these, or all of them."""
    sizes = shape(x)
    if axis is None:
        axes = {i for i, n in enumerate(sizes) if n == 1}
    else:
        given = axis if isinstance(axis, (tuple, list)) else (axis,)
        axes = {axis_of("squeeze", one, len(sizes)) for one in given}
    wrong = [i for i in axes if sizes[i] != 1]
    if wrong:
        raise ValueError(message("squeeze", f"axis {wrong[0]} must have length 1", sizes))
    return _getitem(
        x, index=tuple(0 if i in axes else builtins.slice(None) for i in range(len(sizes)))
    )


def broadcast_to(x: Any, shape: Any) -> Any:
    """Axes of length 1 spread to this shape."""
    return _broadcast_to(x, shape=tuple(shape))


def get_item(x: Any, key: Any) -> Any:
    """`x[key]`, with integers, slices, None, Ellipsis, or arrays of integers or booleans."""
    if isinstance(key, tuple):
        return _getitem(x, index=tuple(_plain(part) for part in key))
    return _getitem(x, index=_plain(key))


def _plain(part: Any) -> Any:
    """One part of an index as NumPy takes it."""
    if part is None or part is Ellipsis or isinstance(part, (int, builtins.slice)):
        return part
    if isinstance(part, KerasTensor):
        raise TypeError(
            message("get_item", "an index cannot be symbolic", repr(part), "use ops.take")
        )
    array = as_array(part)
    if array.dtype.kind not in "iub":
        raise TypeError(message("get_item", "an index must be integers or booleans", array.dtype))
    return int(array) if array.ndim == 0 and array.dtype.kind != "b" else array


def slice(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """The block of this shape that starts at these indices."""
    return _getitem(
        inputs,
        index=tuple(builtins.slice(int(a), int(a) + int(n)) for a, n in zip(start_indices, shape)),
    )


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The elements at these indices along an axis (of the flattened tensor if None).

    Raises:
        IndexError: an index outside of [-n, n).

    >>> take([10, 20, 30], [2, 0]).numpy()
    array([30, 10], dtype=int32)
    """
    if not isinstance(indices, KerasTensor):
        indices = as_array(indices)
        if indices.dtype.kind not in "iu":
            raise TypeError(message("take", "indices must be integers", indices.dtype))
    if axis is None:
        return _take(reshape(x, (-1,)), indices, axis=0)
    return _take(x, indices, axis=axis)


def flip(x: Any, axis: Any = None) -> Any:
    """The elements in opposite order along the axes (all if None)."""
    return _flip(x, axis=axis)


def repeat(x: Any, repeats: int, axis: int | None = None) -> Any:
    """Each element that many times, along an axis (of the flattened tensor if None).

    >>> repeat([1, 2], 2).numpy()
    array([1, 1, 2, 2], dtype=int32)
    """
    if axis is None:
        return _repeat(reshape(x, (-1,)), repeats=operator.index(repeats), axis=0)
    return _repeat(x, repeats=operator.index(repeats), axis=axis)


def tile(x: Any, repeats: Any) -> Any:
    """The whole tensor that many times along each axis.

    >>> tile([1, 2], 2).numpy()
    array([1, 2, 1, 2], dtype=int32)
    """
    counts = [repeats] if isinstance(repeats, int) else list(repeats)
    rank = max(ndim(x), len(counts))
    counts = [1] * (rank - len(counts)) + counts
    while ndim(x) < rank:
        x = expand_dims(x, 0)
    for axis, count in enumerate(counts):
        if count != 1:
            x = concatenate([x] * count, axis=axis)
    return x


def ravel(x: Any) -> Any:
    """All elements on one axis."""
    return reshape(x, (-1,))


def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 after x1 along an axis (both flattened if None)."""
    if axis is None:
        return concatenate(same_dtype("append", ravel(x1), ravel(x2)), axis=0)
    return concatenate([x1, x2], axis=axis)
