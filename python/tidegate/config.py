"""Process-wide numbers that Keras keeps in `keras.config`."""

from __future__ import annotations

from tidegate._lazy import attach
from tidegate.errors import message

_FLOATS = ("float32", "float64")

_floatx = "float32"
_epsilon = 1e-7


def floatx() -> str:
    """The default dtype of floating-point tensors, "float32" unless set.

    >>> floatx()
    'float32'
    """
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default floating-point dtype: "float32" or "float64".

    Raises:
        ValueError: any other name; "float16" and "bfloat16" are not offered. For training in
            bfloat16 there is `set_dtype_policy("mixed_bfloat16")`.
    """
    global _floatx
    if value not in _FLOATS:
        raise ValueError(message("set_floatx", f"value must be one of {_FLOATS}", repr(value)))
    _floatx = str(value)


def epsilon() -> float:
    """The fuzz factor that keeps logarithms and divisions finite, 1e-7 unless set.

    >>> epsilon()
    1e-07
    """
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor."""
    global _epsilon
    _epsilon = float(value)


def image_data_format() -> str:
    """Always "channels_last": the axis order of every array here is [B, T, I]."""
    return "channels_last"


def backend() -> str:
    """The name of what computes: "tidegate".

    >>> backend()
    'tidegate'
    """
    return "tidegate"


_KERAS_ONLY = """
disable_flash_attention disable_interactive_logging disable_traceback_filtering
enable_flash_attention enable_interactive_logging enable_traceback_filtering
enable_unsafe_deserialization is_flash_attention_enabled is_interactive_logging_enabled
is_nnx_enabled is_traceback_filtering_enabled max_epochs max_steps_per_epoch set_backend
set_image_data_format set_max_epochs set_max_steps_per_epoch
"""
_POLICIES = "tidegate.dtype_policies"
__getattr__ = attach(
    __name__,
    {"dtype_policy": _POLICIES, "set_dtype_policy": _POLICIES},
    _KERAS_ONLY.split(),
    "setting",
)[0]
