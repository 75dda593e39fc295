"""Objects as plain dicts and back, in Keras' form; names come from a closed table, never an import.

``{"module": "keras.losses", "class_name": "...", "config": {...}, "registered_name": None}``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..errors import message, not_offered

__all__ = ["class_name", "deserialize", "lookup", "refuse_arguments", "serialize"]


def serialize(value: Any, module: str) -> Any:
    """An object with ``get_config`` as a dict, a function as its name, anything else unchanged."""
    if hasattr(value, "get_config"):
        return {
            "module": module,
            "class_name": type(value).__name__,
            "config": value.get_config(),
            "registered_name": None,
        }
    if callable(value):
        return value.__name__
    return value


def lookup(
    name: str, table: Mapping[str, Callable[..., Any]], keras_names: Collection[str], kind: str
) -> Any:
    """The object of this name.

    Raises:
        NotOfferedError: a name of Keras that is not there yet.
        ValueError: an unknown name.
    """
    found = table.get(name)
    if found is not None:
        return found
    folded = {word.lower().replace("_", "") for word in keras_names}
    if name.lower().replace("_", "") in folded:
        raise not_offered(kind, f"the {kind} {name!r}", f"one of {', '.join(sorted(table))}")
    raise ValueError(
        message(kind, f"unknown {kind}", repr(name), f"one of {', '.join(sorted(table))}")
    )


def class_name(config: Any, kind: str) -> str:
    """The class that a configuration names.

    Raises:
        ValueError: a dict that names none.
        TypeError: no dict.
    """
    if isinstance(config, dict) and isinstance(config.get("class_name"), str):
        return str(config["class_name"])
    error = ValueError if isinstance(config, dict) else TypeError
    raise error(message(kind, "a config must be a dict with class_name and config", repr(config)))


def deserialize(
    config: Any, table: Mapping[str, Any], keras_names: Collection[str], kind: str
) -> Any:
    """The inverse of ``serialize``."""
    if isinstance(config, str):
        return lookup(config, table, keras_names, kind)
    found = lookup(class_name(config, kind), table, keras_names, kind)
    inner = config.get("config", {})
    if not isinstance(inner, dict):
        return lookup(str(inner), table, keras_names, kind)
    if not isinstance(found, type):  # a function of that name is not called
        raise TypeError(message(kind, "a config must name a class", repr(found)))
    return found.from_config(inner) if hasattr(found, "from_config") else found(**inner)


def refuse_arguments(owner: str, **arguments: Any) -> None:
    """Raise for the first argument of Keras that is set and that tidegate does not serve yet."""
    for name, value in arguments.items():
        if value is not None and value is not False:
            raise not_offered(owner, f"the argument {name}={value!r}", f"leave out {name}")
