"""Losses by name."""

from __future__ import annotations

from typing import Any

from .. import losses
from .._keras_names import LOSSES
from .._lazy import Table
from ..errors import message
from ..utils import serialization

__all__ = ["deserialize", "get", "serialize"]

_NAMES = {name: name for name in losses.__all__ if name not in ("Loss", *__all__)}
_ALIASES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
_NAMES |= _ALIASES | {alias.upper(): name for alias, name in _ALIASES.items()}
_TABLE = Table("tidegate.losses", _NAMES)


def serialize(loss: Any) -> Any:
    """A loss as a dict (a function as its name)."""
    return serialization.serialize(loss, "keras.losses")


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    return serialization.deserialize(name, _TABLE | custom_objects, LOSSES, "loss")


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
