"""Optimizers by name."""

from __future__ import annotations

from typing import Any

from .._keras_names import OPTIMIZERS
from .._lazy import Table
from ..errors import message
from ..utils import serialization
from .optimizer import Optimizer

__all__ = ["deserialize", "get", "serialize"]

_CLASSES = (
    "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion",
    "LossScaleOptimizer", "MultiOptimizer", "Muon", "Nadam", "RMSprop", "SGD", "ScheduleFreeAdamW",
)  # fmt: skip
_TABLE = Table("tidegate.optimizers", {name.lower(): name for name in _CLASSES})


def serialize(optimizer: Optimizer) -> Any:
    """An optimizer as a dict."""
    return serialization.serialize(optimizer, "keras.optimizers")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``; names are those of Keras in any case."""
    table = _TABLE | custom_objects
    if isinstance(config, dict) and isinstance(config.get("class_name"), str):
        name = config["class_name"]
        config = {**config, "class_name": name if name in table else name.lower()}
    return serialization.deserialize(config, table, OPTIMIZERS, "optimizer")


def get(identifier: Any) -> Any:
    """An optimizer from a name, a dict or an object; None stays None.

    >>> get("Adam").get_config()["beta_1"]
    0.9
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return serialization.lookup(identifier.lower(), _TABLE, OPTIMIZERS, "optimizer")()
    raise ValueError(
        message(
            "optimizer", "an optimizer must be a name, a dict or an Optimizer", repr(identifier)
        )
    )
