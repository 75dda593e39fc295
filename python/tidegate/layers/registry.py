"""Layers as plain dicts and back; class names come from a closed table."""

from __future__ import annotations

from typing import Any

from .. import layers
from .._keras_names import LAYERS
from ..utils import serialization
from .layer import Layer

__all__ = ["deserialize", "serialize"]

_CLASSES = (
    "InputLayer",
    "Embedding",
    "Masking",
    "SimpleRNN",
    "LSTM",
    "GRU",
    "Bidirectional",
    "TimeDistributed",
    "Dense",
    "Activation",
    "Dropout",
    "LayerNormalization",
    "Concatenate",
)


def serialize(layer: Layer) -> Any:
    """A layer as a dict.

    >>> serialize(layers.Dropout(0.5))["class_name"]
    'Dropout'
    """
    return serialization.serialize(layer, "keras.layers")


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``; classes of your own go into ``custom_objects``."""
    table = {name: getattr(layers, name) for name in _CLASSES}
    return serialization.deserialize(config, {**table, **(custom_objects or {})}, LAYERS, "layer")
