"""New tensors: zeros, ones, ranges, one-hot rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate.dtypes import BFLOAT16, computed_dtype, standardize_dtype
from tidegate.errors import not_offered
from tidegate.ops import narrow
from tidegate.ops.math import cast
from tidegate.ops.op import Array, Context, Op, Spec
from tidegate.tensor import KerasTensor, Tensor, as_array


def _sizes(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)


def _made(make: Callable[[str], Array], dtype: Any) -> Tensor:
    """The array that `make` gives for the name of a dtype, as a tensor of this dtype."""
    name = standardize_dtype(dtype)
    values = Tensor(make(computed_dtype(name)))
    return cast(values, name) if name == BFLOAT16 else values


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of zeros, floatx unless a dtype is given.

    >>> zeros((2,)).numpy()
    array([0., 0.], dtype=float32)
    """
    return _made(lambda kind: np.zeros(_sizes(shape), kind), dtype)


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of ones, floatx unless a dtype is given."""
    return _made(lambda kind: np.ones(_sizes(shape), kind), dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """A tensor of one value, floatx unless a dtype is given."""
    return _made(lambda kind: np.full(_sizes(shape), as_array(fill_value), kind), dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Ones on the k-th diagonal of an [N, M] matrix, zeros elsewhere."""
    return _made(lambda kind: np.eye(N, M, k, dtype=kind), dtype)


def identity(n: int, dtype: Any = None) -> Tensor:
    """The identity matrix [n, n]."""
    return eye(n, dtype=dtype)


class _FullLike(Op):
    name = "full_like"

    @staticmethod
    def forward(ctx: Context | None, x: Array, value: float, dtype: str | None) -> Array:
        return np.full(x.shape, value, dtype or x.dtype)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[None]:
        return (None,)

    @staticmethod
    def shape(x: Spec, value: float, dtype: str | None) -> Spec:
        return Spec(x.shape, dtype or x.dtype)


_full_like = _FullLike()


def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros in the shape (and dtype) of x."""
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones in the shape (and dtype) of x."""
    return full_like(x, 1, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """One value in the shape (and dtype) of x."""
    name = None if dtype is None else standardize_dtype(dtype)
    return narrow.typed(_full_like, x, value=fill_value, dtype=name)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """Evenly spaced values from start (0 if it is the only bound) up to, not including, stop.

    The dtype is int32 for integers and floatx otherwise, unless given.

    >>> arange(3).numpy()
    array([0, 1, 2], dtype=int32)
    """
    bounds = [value for value in (start, stop, step) if value is not None]
    if dtype is None:
        whole = all(isinstance(value, (int, np.integer)) for value in bounds)
        dtype = "int32" if whole else None
    begin, end = (0, start) if stop is None else (start, stop)
    spacing: Any = 1 if step is None else step
    return _made(lambda kind: np.arange(begin, end, spacing, dtype=np.dtype(kind)), dtype)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """`num` evenly spaced values from start to stop.

    Raises:
        NotOfferedError: `retstep=True` and an `axis` other than 0.
    """
    if retstep or axis:
        raise not_offered("linspace", "retstep=True" if retstep else f"axis={axis}")
    return _made(lambda kind: np.linspace(start, stop, num, endpoint, dtype=kind), dtype)


class _OneHot(Op):
    """Index -1 or any other outside gives a row of zeros, as in Keras."""

    name = "one_hot"

    @staticmethod
    def forward(ctx: Context | None, x: Array, num_classes: int, axis: int, dtype: str) -> Array:
        hot = x[..., None] == np.arange(num_classes, dtype=x.dtype)
        return np.moveaxis(hot, -1, axis).astype(dtype)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[None]:
        return (None,)

    @staticmethod
    def shape(x: Spec, num_classes: int, axis: int, dtype: str) -> Spec:
        at = axis % (len(x.shape) + 1)
        return Spec((*x.shape[:at], num_classes, *x.shape[at:]), dtype)


_one_hot = _OneHot()


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Any:
    """1 at the index, 0 elsewhere, along a new axis of `num_classes`.

    >>> one_hot([0, 2], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    if sparse:
        raise not_offered("one_hot", "sparse=True")
    if not isinstance(x, KerasTensor):
        x = as_array(x)
        if x.dtype.kind == "f":
            x = x.astype(np.int32)
    name = standardize_dtype(dtype)
    return narrow.typed(_one_hot, x, num_classes=int(num_classes), axis=axis, dtype=name)
