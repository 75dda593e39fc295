"""Arguments of constructors that mean sizes of axes, and their order."""

from __future__ import annotations

from typing import Any

from .. import config
from ..errors import message

__all__ = ["channels_first", "tuple_of"]


def channels_first(owner: str, data_format: str | None) -> tuple[str, bool]:
    """A ``data_format`` argument in full, and whether it is "channels_first".

    Raises:
        ValueError: neither "channels_last" nor "channels_first".
    """
    name = config.image_data_format() if data_format is None else str(data_format).lower()
    if name not in ("channels_last", "channels_first"):
        raise ValueError(
            message(
                owner, 'data_format must be "channels_last" or "channels_first"', repr(data_format)
            )
        )
    return name, name == "channels_first"


def tuple_of(owner: str, name: str, value: Any, count: int, zero: bool = False) -> tuple[int, ...]:
    """``count`` positive ints; one int stands for all of them.

    Raises:
        ValueError: another number of them, something else than ints, 0 where it is not allowed.

    >>> tuple_of("Conv1D", "strides", 2, 1)
    (2,)
    """
    sizes = (value,) * count if isinstance(value, int) else value
    whole = isinstance(sizes, (tuple, list)) and len(sizes) == count
    if not whole or not all(hasattr(size, "__index__") for size in sizes):
        raise ValueError(message(owner, f"{name} must be an int or {count} ints", repr(value)))
    if any(size < (0 if zero else 1) for size in sizes):
        least = "not be negative" if zero else "be positive"
        raise ValueError(message(owner, f"{name} must {least}", repr(value)))
    return tuple(sizes)
