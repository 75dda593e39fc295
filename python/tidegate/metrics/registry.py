"""Metrics by name."""

from __future__ import annotations

from typing import Any

from .. import metrics
from .._keras_names import METRICS
from .._lazy import Table
from ..errors import message
from ..utils import serialization
from ..utils.naming import to_snake_case

__all__ = ["deserialize", "get", "serialize"]

_CLASSES = [name for name in metrics.__all__ if name[0].isupper() and name != "Metric"]
_ALIASES = {
    "bce": "BinaryCrossentropy",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
}
_NAMES = {name: name for name in _CLASSES} | {to_snake_case(name): name for name in _CLASSES}
_NAMES |= _ALIASES | {alias.upper(): name for alias, name in _ALIASES.items()}
_TABLE = Table("tidegate.metrics", _NAMES)


def serialize(metric: Any) -> Any:
    """A metric as a dict (a function as its name)."""
    return serialization.serialize(metric, "keras.metrics")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    table = _TABLE | custom_objects
    return serialization.deserialize(config, table, METRICS, "metric")


def get(identifier: Any) -> Any:
    """A metric from a name, a dict or an object; None stays None.

    >>> get("mse")
    <MeanSquaredError name=mean_squared_error>
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
        message("metric", "a metric must be a name, a dict or callable", repr(identifier))
    )
