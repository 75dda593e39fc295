"""Any object of a configuration as plain values and back, in Keras' form.

Objects are ``{"module", "class_name", "config", "registered_name"}``; tensors, arrays, slices and
bytes have envelopes of their own. Names are looked up in closed tables and among what was
registered: nothing is imported by name, and code is refused.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

import numpy as np

from ..dtypes import array_dtype
from ..errors import message
from ..symbolic import KerasTensor
from ..tensor import Tensor, convert_to_tensor
from ..utils.custom_objects import get_registered_name, get_registered_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]

# {part of the package: the module with its serialize and deserialize}
_REGISTRIES = {
    "layers": "tidegate.layers.registry",
    "models": "tidegate.layers.registry",
    "optimizers": "tidegate.optimizers.registry",
    "losses": "tidegate.losses.registry",
    "metrics": "tidegate.metrics.registry",
    "initializers": "tidegate.initializers",
    "regularizers": "tidegate.regularizers",
    "constraints": "tidegate.constraints",
}
_FUNCTIONS = ("activations", "losses", "metrics")


def serialize_keras_object(obj: Any) -> Any:
    """An object, or a structure of them, as plain values.

    Raises:
        ValueError: a ``lambda``.
        TypeError: an object without ``get_config``.

    >>> from tidegate.layers import Dropout
    >>> serialize_keras_object([Dropout(0.5), slice(1)])[1]["class_name"]
    '__slice__'
    """
    if obj is None or isinstance(obj, (str, int, float, bool)):
        return obj
    if isinstance(obj, (list, tuple)):
        return type(obj)([serialize_keras_object(item) for item in obj])
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    special = _special(obj)
    if special is not None:
        return special
    if isinstance(obj, (np.generic, np.ndarray)):
        return obj.item()
    if isinstance(obj, types.FunctionType):
        return _function(obj)
    part = type(obj).__module__.split(".")
    if part[0] == "tidegate" and part[1] in _REGISTRIES:
        return importlib.import_module(_REGISTRIES[part[1]]).serialize(obj)
    if not hasattr(obj, "get_config"):
        raise TypeError(message("serialize", "an object must have get_config", type(obj).__name__))
    return {
        "module": None if type(obj).__module__ == "__main__" else type(obj).__module__,
        "class_name": type(obj).__name__,
        "config": serialize_keras_object(obj.get_config()),
        "registered_name": get_registered_name(type(obj)),
    }


def _special(obj: Any) -> Any:
    """The envelope of a value that is no object with a configuration, else None."""
    if isinstance(obj, bytes):
        return _envelope("bytes", value=obj.decode("utf-8"))
    if isinstance(obj, slice):
        return _envelope("slice", start=obj.start, stop=obj.stop, step=obj.step)
    if obj is Ellipsis:
        return _envelope("ellipsis")
    if isinstance(obj, Tensor):
        return _envelope("tensor", value=obj.numpy().tolist(), dtype=obj.dtype)
    if isinstance(obj, np.ndarray) and obj.ndim:
        return _envelope("numpy", value=obj.tolist(), dtype=obj.dtype.name)
    return None


def _envelope(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": f"__{kind}__", "config": config}


def _function(function: Any) -> dict[str, Any]:
    if function.__name__ == "<lambda>":
        raise ValueError(
            message(
                "serialize",
                "a function of a configuration must have a name",
                "a lambda",
                "def and register_keras_serializable; configurations hold no code",
            )
        )
    name = get_registered_name(function)
    module = function.__module__
    if module.startswith("tidegate."):
        module = "builtins"
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def deserialize_keras_object(
    config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The inverse of ``serialize_keras_object``; lists stay lists.

    Args:
        custom_objects: {name: class or function} beyond the registered ones.
        safe_mode: for Keras' signature: code is refused either way.

    Raises:
        ValueError: code, an unknown name.
        TypeError: a class that is neither the library's nor registered.

    >>> deserialize_keras_object(serialize_keras_object({"a": slice(1, None)}))
    {'a': slice(1, None, None)}
    """
    if isinstance(config, (list, tuple)):
        return [deserialize_keras_object(item, custom_objects) for item in config]
    if not isinstance(config, dict):
        return config
    if not isinstance(config.get("class_name"), str) or "config" not in config:
        return {
            key: deserialize_keras_object(value, custom_objects) for key, value in config.items()
        }
    name, inner = config["class_name"], config["config"]
    if name.startswith("__"):
        return _plain_value(name, inner)
    if name == "function":
        return _named_function(inner, custom_objects)
    return _object(config, custom_objects)


def _plain_value(kind: str, inner: Any) -> Any:
    makers = {
        "__bytes__": lambda: inner["value"].encode("utf-8"),
        "__slice__": lambda: slice(inner["start"], inner["stop"], inner["step"]),
        "__ellipsis__": lambda: Ellipsis,
        "__numpy__": lambda: np.array(inner["value"], dtype=array_dtype(inner["dtype"])),
        "__tensor__": lambda: convert_to_tensor(inner["value"], dtype=inner["dtype"]),
        "__keras_tensor__": lambda: KerasTensor(inner["shape"], inner["dtype"]),
    }
    if kind not in makers:
        raise ValueError(
            message("deserialize", "code in a configuration is never run", kind)
            if kind == "__lambda__"
            else message("deserialize", "unknown kind of value", kind)
        )
    return makers[kind]()


def _named_function(name: Any, custom_objects: Any) -> Any:
    found = get_registered_object(name, custom_objects) if isinstance(name, str) else None
    for part in () if found is not None else _FUNCTIONS:
        module = importlib.import_module(f"tidegate.{part}")
        try:
            return module.get(name)
        except (ValueError, TypeError, NotImplementedError):
            continue
    if found is None:
        raise ValueError(
            message(
                "deserialize",
                "a function of a configuration must be registered",
                repr(name),
                "register_keras_serializable, or custom_objects={name: function}",
            )
        )
    return found


def _object(config: dict[str, Any], custom_objects: Any) -> Any:
    name = config["class_name"]
    for key in (config.get("registered_name"), name):
        found = get_registered_object(key, custom_objects)
        if found is not None and not hasattr(found, "call"):
            if not hasattr(found, "from_config"):  # a function of that name is not called
                raise TypeError(message("deserialize", "a config must name a class", repr(found)))
            return found.from_config(deserialize_keras_object(config["config"], custom_objects))
    module = config.get("module") or ""
    # "keras.layers", "keras.src.models.functional", "keras.src.backend.torch.optimizers.torch_adam"
    parts = module.split(".")[1:] if module.startswith("keras.") else ["layers"]
    part = next((part for part in parts if part in _REGISTRIES), "")
    registry = _REGISTRIES.get(part)
    if registry is None:
        raise TypeError(
            message(
                "deserialize",
                f"{name!r} is neither a class of the library nor registered",
                module,
                "register_keras_serializable, or custom_objects={name: class}",
            )
        )
    return importlib.import_module(registry).deserialize(config, custom_objects)
