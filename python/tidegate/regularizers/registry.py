"""Regularizers by name."""

from __future__ import annotations

from typing import Any

from .._keras_names import REGULARIZERS
from ..errors import message
from ..utils import serialization
from ..utils.naming import to_snake_case
from . import regularizers

__all__ = ["deserialize", "get", "serialize"]

_CLASSES: dict[str, Any] = {name: getattr(regularizers, name) for name in regularizers.__all__}
_TABLE: dict[str, Any] = {
    **_CLASSES,
    **{to_snake_case(name): value for name, value in _CLASSES.items()},
    **{name: getattr(regularizers, name) for name in REGULARIZERS if hasattr(regularizers, name)},
}


def serialize(regularizer: Any) -> Any:
    """A regularizer as a dict; None stays None."""
    return serialization.serialize(regularizer, "keras.regularizers")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    table = {**_TABLE, **(custom_objects or {})}
    return serialization.deserialize(config, table, REGULARIZERS, "regularizer")


def get(identifier: Any) -> Any:
    """A regularizer from a name, a dict or an object; None stays None.

    >>> get("l2").get_config()
    {'l2': 0.01}
    """
    if identifier is None:
        return None
    if isinstance(identifier, (str, dict)):
        found = deserialize(identifier)
        return found() if isinstance(found, type) else found
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(
        message("regularizer", "a regularizer must be a name, a dict or callable", repr(identifier))
    )
