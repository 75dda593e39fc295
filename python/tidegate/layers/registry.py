"""Layers as plain dicts and back; class names come from a closed table."""

from __future__ import annotations

import importlib
from typing import Any

from .. import layers
from .._keras_names import LAYERS
from ..errors import message
from ..utils import serialization
from ..utils.custom_objects import custom_object_scope, get_registered_name, get_registered_object
from .layer import Layer

__all__ = ["deserialize", "serialize"]

# A model may stand where a layer does. They are named here, not imported: layers do not know them.
_MODELS = {"Sequential": "sequential", "Functional": "model", "Model": "model"}


def serialize(layer: Any) -> Any:
    """A layer as a dict.

    >>> serialize(layers.Dropout(0.5))["class_name"]
    'Dropout'
    """
    own = type(layer)
    config = layer.get_config()
    if own.__module__.startswith("tidegate."):
        envelope = {
            "module": "keras.layers",
            "class_name": own.__name__,
            "config": config,
            "registered_name": None,
            **getattr(layer, "envelope_names", dict)(),
        }
    else:
        envelope = {
            "module": None if own.__module__ == "__main__" else own.__module__,
            "class_name": own.__name__,
            "config": config,
            "registered_name": get_registered_name(own),
        }
    for name in ("build_config", "compile_config"):
        get = getattr(layer, f"get_{name}", None)
        found = None if get is None else get()
        if found is not None:
            envelope[name] = found
    return envelope


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The inverse of ``serialize``; classes of your own go into ``custom_objects``.

    Raises:
        ValueError: a dict without class_name.
        TypeError: no dict, an unknown class.
        NotOfferedError: a layer of Keras that is not there yet.
    """
    if isinstance(config, str):
        return _class_of(config, None, custom_objects)
    inner = config.get("config", {}) if isinstance(config, dict) else None
    name = serialization.class_name(config, "layer")
    if not isinstance(inner, dict):
        raise TypeError(message("layer", "the config of a config must be a dict", repr(inner)))
    found = _class_of(name, config.get("registered_name"), custom_objects)
    if not hasattr(found, "from_config"):  # a function of that name is not called
        raise TypeError(message("layer", "a config must name a class", repr(found)))
    with custom_object_scope(custom_objects):
        layer = found.from_config(inner)
        if config.get("build_config") and not layer.built:
            layer.build_from_config(config["build_config"])
        if config.get("compile_config") and hasattr(layer, "compile_from_config"):
            layer.compile_from_config(config["compile_config"])
    return layer


def _class_of(name: str, registered: Any, custom_objects: dict[str, Any] | None) -> Any:
    """The class of that name: the user's, else ours."""
    for one in (registered, name):
        found = get_registered_object(one, custom_objects)
        if found is not None:
            return found
    if name in _MODELS:
        return getattr(importlib.import_module(f"tidegate.models.{_MODELS[name]}"), name)
    if name in layers.__all__:
        found = getattr(layers, name)
        if isinstance(found, type) and issubclass(found, Layer):
            return found
    try:
        return serialization.lookup(name, dict.fromkeys(layers.__all__, Layer), LAYERS, "layer")
    except ValueError as error:
        raise TypeError(
            message(
                "layer",
                "unknown layer: neither the library's nor registered",
                repr(name),
                "register_keras_serializable, or custom_objects={name: class}",
            )
        ) from error
