"""From anything that holds numbers to a NumPy array of an offered dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.dtypes import OFFERED, array_dtype, name_of
from tidegate.errors import message
from tidegate.mask import Mask
from tidegate.operators import Operators
from tidegate.symbolic import KerasTensor

Array = np.ndarray[Any, np.dtype[Any]]


def as_array(x: Any, dtype: str | None = None) -> Array:
    """The array of anything that has one: native byte order, an offered dtype, not copied if so.

    Python numbers and nested lists of them become floatx, int32 or bool as in Keras; arrays keep
    their dtype.

    Raises:
        NotOfferedError: an array of a dtype that is not offered.
        TypeError: something that is no array of numbers.
    """
    if isinstance(x, KerasTensor):
        x.refuse("used where a value is needed")
    elif isinstance(x, Operators):  # Tensor, Variable
        value = x._value  # type: ignore[attr-defined]
    elif isinstance(x, (np.ndarray, np.generic)):
        value = np.asarray(x)
    elif isinstance(x, Mask):
        value = x.values
    else:
        value = _foreign(x)
    if dtype is not None:
        return value if name_of(value.dtype) == dtype else _cast(value, dtype)
    if name_of(value.dtype) not in OFFERED or not value.dtype.isnative:
        value = _standardized(value)
    return value


def _foreign(x: Any) -> Array:
    """Python numbers, lists (of tensors too) and objects that offer `__array__`."""
    if hasattr(x, "__array__") or isinstance(x, (bool, int, float)):
        value = np.asarray(x)
    else:
        value = np.asarray(_unwrapped(x))
    if hasattr(x, "__array__") or value.dtype.kind not in "fiu":
        return value
    if value.dtype.kind == "f":
        # A list of float64 scalars is a list of numbers to Keras; so it is here.
        return value.astype(array_dtype(None))
    return value.astype("int32") if value.dtype == np.int64 and _fits_int32(value) else value


def _unwrapped(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return [_unwrapped(item) for item in x]
    return as_array(x) if isinstance(x, Operators) else x


def _fits_int32(value: Array) -> bool:
    limits = np.iinfo(np.int32)
    return value.size == 0 or (limits.min <= value.min() and value.max() <= limits.max)


def _cast(value: Array, dtype: str) -> Array:
    if value.dtype.kind not in "biuf":
        raise TypeError(
            message("convert_to_tensor", "values must be numbers or booleans", value.dtype)
        )
    return value.astype(dtype)


def _standardized(value: Array) -> Array:
    if value.dtype.kind not in "biufc":
        raise TypeError(
            message(
                "convert_to_tensor",
                "values must be numbers or booleans",
                f"an array of dtype {value.dtype}",
                "are the rows of different length?" if value.dtype == object else None,
            )
        )
    return value.astype(array_dtype(value.dtype.newbyteorder("=").name))
