"""Metrics by name."""

from __future__ import annotations

from typing import Any

from .._keras_names import METRICS
from ..errors import message
from ..utils import serialization
from ..utils.naming import to_snake_case
from . import (
    accuracy,
    auc,
    confusion,
    correlation,
    f_score,
    iou,
    operating_point,
    r2_score,
    reduction,
    regression,
    top_k,
)

__all__ = ["deserialize", "get", "serialize"]

_MODULES = (
    accuracy, auc, confusion, correlation, f_score, iou, operating_point, r2_score, reduction,
    regression, top_k,
)  # fmt: skip
_CLASSES: dict[str, Any] = {
    name: getattr(module, name)
    for module in _MODULES
    for name in module.__all__
    if name[0].isupper() and name != "ThresholdMetric"
}
_TABLE: dict[str, Any] = {
    **_CLASSES,
    **{to_snake_case(name): value for name, value in _CLASSES.items()},
}
_ALIASES = {
    "bce": regression.BinaryCrossentropy,
    "mae": regression.MeanAbsoluteError,
    "mape": regression.MeanAbsolutePercentageError,
    "mse": regression.MeanSquaredError,
    "msle": regression.MeanSquaredLogarithmicError,
}
for _alias, _class in _ALIASES.items():
    _TABLE[_alias] = _TABLE[_alias.upper()] = _class


def serialize(metric: Any) -> Any:
    """A metric as a dict (a function as its name)."""
    return serialization.serialize(metric, "keras.metrics")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``."""
    table = {**_TABLE, **(custom_objects or {})}
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
