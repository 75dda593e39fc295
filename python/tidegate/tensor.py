"""Tensor: a value and where it came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.arrays import Array, as_array
from tidegate.dtypes import BFLOAT16, is_float, name_of, standardize_dtype
from tidegate.errors import message, not_offered
from tidegate.mask import Mask
from tidegate.operators import Operators
from tidegate.scopes import STATE
from tidegate.symbolic import KerasTensor, Node, Shape, Spec, any_symbolic, is_keras_tensor
from tidegate.variable import Variable

__all__ = [
    "KerasTensor",
    "Mask",
    "Node",
    "Shape",
    "Spec",
    "Tensor",
    "Variable",
    "any_symbolic",
    "as_array",
    "convert_to_numpy",
    "convert_to_tensor",
    "is_keras_tensor",
    "is_tensor",
]


class Tensor(Operators):
    """The value of an operation: an array that is never written again.

    Made by `convert_to_tensor` and by every function of `tidegate.ops`; float results computed
    inside a `GradientTape` from something that it watches are recorded there.

    Attributes:
        shape, dtype, ndim, size: as of the array.
        mask: the `Mask` that rides on it (set by layers), or None.

    Raises:
        TypeError: `np.tanh(tensor)` and other NumPy functions: they would drop the gradient.
        RuntimeError: conversion to an array while an active tape records it; `.numpy()` is the
            explicit way out.

    >>> from tidegate import ops
    >>> x = ops.convert_to_tensor([1.0, 2.0])
    >>> (x * 2 + 1).numpy()
    array([3., 5.], dtype=float32)
    """

    __slots__ = ("__weakref__", "_key", "_value", "mask")

    mask: Mask | None

    def __init__(self, value: Any, mask: Mask | None = None) -> None:
        # NumPy gives a scalar, not an array, for a result without axes.
        self._value: Array = value if type(value) is np.ndarray else np.asarray(value)
        self._key = 0  # the tape's name for it, 0 until one records it
        self.mask = mask

    @property
    def value(self) -> Array:
        """The array itself, for the library's own use; do not write to it."""
        return self._value

    @property
    def shape(self) -> tuple[int, ...]:
        """Axis lengths."""
        return self._value.shape

    @property
    def dtype(self) -> str:
        """The name of the dtype, such as "float32"."""
        return name_of(self._value.dtype)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._value.size

    @property
    def _keras_mask(self) -> Mask | None:
        return self.mask

    @_keras_mask.setter
    def _keras_mask(self, mask: Mask | None) -> None:
        self.mask = mask

    def numpy(self) -> Array:
        """The value as a read-only array, without a copy."""
        view = self._value.view()
        view.flags.writeable = False
        return view

    def item(self) -> Any:
        """The only element, as a Python number."""
        return self._value.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        self._check_unrecorded("converted to an array")
        if dtype is not None and np.dtype(dtype) != self._value.dtype:
            if copy is False:
                raise ValueError(
                    message("Tensor", "copy=False cannot change the dtype", np.dtype(dtype).name)
                )
            return self._value.astype(dtype)
        return self._value.copy() if copy else self.numpy()

    def __reduce__(self) -> Any:
        # Without the key: a tape would take the copy for the tensor itself.
        self._check_unrecorded("copied or pickled")
        return type(self), (self._value, self.mask)

    def __dlpack__(self, **options: Any) -> Any:
        self._check_unrecorded("exported")
        return self._value.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        kind, number = self._value.__dlpack_device__()
        return int(kind), int(number)

    def _check_unrecorded(self, what: str) -> None:
        if self._key and any(tape.is_watched(self._key) for tape in STATE.tapes):
            raise RuntimeError(
                message(
                    "Tensor",
                    f"a tensor that an active GradientTape records cannot be {what}, its gradient "
                    "would be lost",
                    repr(self),
                    "use tidegate.ops in place of NumPy, or x.numpy() if no gradient is wanted",
                )
            )

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __int__(self) -> int:
        return int(self._value)

    def __index__(self) -> int:
        return self._value.__index__()

    def __format__(self, spec: str) -> str:
        return format(self._value.item(), spec) if spec else repr(self)

    def __eq__(self, other: object) -> Any:
        from tidegate import ops

        return ops.equal(self, other)

    def __ne__(self, other: object) -> Any:
        from tidegate import ops

        return ops.not_equal(self, other)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        text = np.array2string(self._value, separator=", ", threshold=64)
        return f"<Tensor shape={self.shape}, dtype={self.dtype}, value={text}>"


def is_tensor(x: Any) -> bool:
    """Whether x is a Tensor (with a value) or a KerasTensor (without one)."""
    return isinstance(x, (Tensor, KerasTensor))


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Any:
    """A Tensor with the values of x; one that is a tensor already comes back as it is.

    Args:
        x: array, number, nested list, Tensor, KerasTensor, Variable or Mask.
        dtype: cast to it; None keeps an array's dtype and makes Python numbers floatx or int32.
        sparse, ragged: for Keras' signature; only None and False exist here.

    An array is not copied: do not write to it while the tensor is in use.

    >>> convert_to_tensor([1, 2]).dtype, convert_to_tensor([1.5]).dtype
    ('int32', 'float32')
    """
    if sparse or ragged:
        raise not_offered("convert_to_tensor", "sparse=True" if sparse else "ragged=True")
    if isinstance(x, (Tensor, KerasTensor, Variable)):
        from tidegate import ops

        name = None if dtype is None else standardize_dtype(dtype)
        if name is None or x.dtype == name:
            return ops.copy(x) if isinstance(x, Variable) else x
        return ops.cast(x, name)
    name = None if dtype is None else standardize_dtype(dtype)
    if name == BFLOAT16:
        from tidegate import ops

        return ops.cast(Tensor(as_array(x)), name)
    return Tensor(as_array(x, name))


def convert_to_numpy(x: Any) -> Array:
    """The values of anything as an array that is the caller's own.

    >>> convert_to_numpy([1, 2])
    array([1, 2], dtype=int32)
    """
    return as_array(x).copy()


def is_differentiable(x: Any) -> bool:
    """Whether a gradient with respect to x can exist."""
    return isinstance(x, (Tensor, Variable)) and is_float(x.dtype)
