"""Constraints by name."""

from __future__ import annotations

from typing import Any

from .._keras_names import CONSTRAINTS
from ..errors import message
from ..utils import serialization
from ..utils.naming import to_snake_case
from . import constraints

__all__ = ["deserialize", "get", "serialize"]

_CLASSES: dict[str, Any] = {name: getattr(constraints, name) for name in constraints.__all__}
_TABLE: dict[str, Any] = {
    **_CLASSES,
    **{to_snake_case(name): value for name, value in _CLASSES.items()},
    **{name: getattr(constraints, name) for name in CONSTRAINTS if hasattr(constraints, name)},
}


def serialize(constraint: Any) -> Any:
    """A constraint as a dict; None stays None."""
    return serialization.serialize(constraint, "keras.constraints")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    table = {**_TABLE, **(custom_objects or {})}
    return serialization.deserialize(config, table, CONSTRAINTS, "constraint")


def get(identifier: Any) -> Any:
    """A constraint from a name, a dict or an object; None stays None.

    >>> get("unit_norm").get_config()
    {'axis': 0}
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
        message("constraint", "a constraint must be a name, a dict or callable", repr(identifier))
    )
