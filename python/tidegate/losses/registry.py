"""Losses by name."""

from __future__ import annotations

from typing import Any

from .._keras_names import LOSSES
from ..errors import message
from ..utils import serialization
from . import classes, functions

__all__ = ["deserialize", "get", "serialize"]

_FUNCTIONS = {name: getattr(functions, name) for name in functions.__all__}
_ALIASES = {
    "mse": functions.mean_squared_error,
    "MSE": functions.mean_squared_error,
    "mae": functions.mean_absolute_error,
    "MAE": functions.mean_absolute_error,
    "bce": functions.binary_crossentropy,
    "BCE": functions.binary_crossentropy,
}
_TABLE: dict[str, Any] = {
    **_FUNCTIONS,
    **_ALIASES,
    **{name: getattr(classes, name) for name in classes.__all__},
}
_KERAS = LOSSES | {"mape", "msle", "kld", "bce", "logcosh"}


def serialize(loss: Any) -> Any:
    """A loss as a dict (a function as its name)."""
    return serialization.serialize(loss, "keras.losses")


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    return serialization.deserialize(name, {**_TABLE, **(custom_objects or {})}, _KERAS, "loss")


def get(identifier: Any) -> Any:
    """A loss from a name, a dict or an object; None stays None.

    >>> get("mse").__name__
    'mean_squared_error'
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
    raise ValueError(message("loss", "a loss must be a name, a dict or callable", repr(identifier)))
