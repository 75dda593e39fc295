"""Which dtypes exist and what an operation on several of them gives.

The rule is Keras': a float wins over an integer whatever their widths, Python numbers never widen
an array, bfloat16 with float32 gives float32. float64 with another float in one operation is an
error here, where Keras widens silently: half of a model in float64 is a mistake that otherwise
shows only in the clock.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate import config
from tidegate.errors import message, not_offered

BFLOAT16 = "bfloat16"
FLOATS = ("float32", "float64")  # those that arrays have; bfloat16 is one of tensors alone
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
OFFERED = frozenset((*FLOATS, *INTEGERS, "bool"))
_KERAS_ONLY = frozenset(
    ("float16", "float8_e4m3fn", "float8_e5m2", "int4", "complex64", "complex128", "string")
)
_PYTHON = {bool: "bool", int: "int32"}


def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype: `None` is floatx, Python's `int` is int32, `float` is floatx.

    Raises:
        NotOfferedError: a dtype that Keras has and tidegate has not, by name.
        ValueError: anything that is no dtype.

    >>> standardize_dtype(float), standardize_dtype("int64")
    ('float32', 'int64')
    """
    if type(dtype) is str and dtype in OFFERED:
        return dtype
    if dtype is None or dtype is float:
        return config.floatx()
    if dtype in _PYTHON:
        return _PYTHON[dtype]
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None:
        try:
            name = np.dtype(dtype).name
        except TypeError:
            name = repr(dtype)
    if name in OFFERED or name == BFLOAT16:
        return str(name)
    if name in _KERAS_ONLY:
        raise not_offered("dtype", f"dtype {name!r}", f"one of {sorted(OFFERED)}")
    raise ValueError(message("dtype", f"dtype must be one of {sorted(OFFERED)}", repr(dtype)))


def array_dtype(dtype: Any) -> str:
    """As `standardize_dtype`, for what is kept in an array: NumPy has no bfloat16.

    Raises:
        NotOfferedError: bfloat16.

    >>> array_dtype(None)
    'float32'
    """
    name = standardize_dtype(dtype)
    if name == BFLOAT16:
        raise not_offered(
            "dtype",
            "an array of dtype 'bfloat16'",
            'tensors have it: ops.cast(x, "bfloat16"); weights stay float32 under the policy '
            '"mixed_bfloat16"',
        )
    return name


def computed_dtype(name: str) -> str:
    """The dtype of the arithmetic on values of this dtype: bfloat16 is computed in float32.

    >>> computed_dtype("bfloat16"), computed_dtype("int32")
    ('float32', 'int32')
    """
    return "float32" if name == BFLOAT16 else name


_NAMES = {np.dtype(name): name for name in OFFERED}


def name_of(dtype: np.dtype[Any]) -> str:
    """The name of an array's dtype. NumPy's own `name` is computed anew each time, 20 times slower.

    >>> name_of(np.dtype("float32"))
    'float32'
    """
    return _NAMES.get(dtype) or dtype.name


def is_float(dtype: str) -> bool:
    """Whether gradients exist for this dtype."""
    return dtype in FLOATS or dtype == BFLOAT16


def result_type(op: str, *kinds: Any) -> str:
    """The dtype that an operation on values of these dtypes computes in.

    Each of `kinds` is a dtype name, or `bool`, `int`, `float` for a Python number.

    Raises:
        TypeError: float64 together with another float.

    >>> result_type("add", "int64", "float32"), result_type("add", "float64", float)
    ('float32', 'float64')
    """
    floats = {kind for kind in kinds if kind in FLOATS or kind == BFLOAT16}
    if len(floats) > 1:
        if "float64" not in floats:
            return "float32"
        floats.remove("float64")
        raise TypeError(
            message(
                op,
                f"{floats.pop()} and float64 tensors do not mix",
                ", ".join(str(kind) for kind in kinds),
                'convert one of them first: ops.cast(x, "float32"), or build the model with '
                'dtype="float64"',
            )
        )
    if floats:
        return str(floats.pop())
    integers = {kind for kind in kinds if kind in INTEGERS}
    if float in kinds:
        return config.floatx()
    if integers:
        name = np.result_type(*integers).name
        return name if name in INTEGERS else config.floatx()
    return "int32" if int in kinds else "bool"
