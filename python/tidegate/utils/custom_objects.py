"""Classes and functions of the user's own that configurations may name.

A name in a configuration is looked up here and in the library's closed tables, never imported.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from typing import Any

from ..errors import message

__all__ = [
    "CustomObjectScope",
    "classes_within",
    "custom_object_scope",
    "function_config",
    "function_from_config",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]

_BY_NAME: dict[str, Any] = {}
_NAMES: dict[Any, str] = {}


class _Scope(threading.local):
    objects: dict[str, Any] = {}


_SCOPE = _Scope()


class CustomObjectScope:
    """Within it configurations may name these classes and functions.

    Args:
        custom_objects: {name: class or function}.

    >>> class Mine: ...
    >>> with CustomObjectScope({"Mine": Mine}):
    ...     get_registered_object("Mine") is Mine
    True
    """

    def __init__(self, custom_objects: dict[str, Any] | None) -> None:
        self.custom_objects = custom_objects or {}
        self._before: dict[str, Any] = {}

    def __enter__(self) -> CustomObjectScope:
        self._before = _SCOPE.objects
        _SCOPE.objects = {**self._before, **self.custom_objects}
        return self

    def __exit__(self, *error: object) -> None:
        _SCOPE.objects = self._before


custom_object_scope = CustomObjectScope


def get_custom_objects() -> dict[str, Any]:
    """The registered objects by name; the dict itself, for adding to it."""
    return _BY_NAME


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Any], Any]:
    """A decorator: configurations may name this class or function as ``package>name``.

    Raises:
        ValueError: a class without ``get_config``.

    >>> @register_keras_serializable("mine")
    ... def double(x):
    ...     return 2 * x
    >>> get_registered_name(double)
    'mine>double'
    """

    def register(target: Any) -> Any:
        if inspect.isclass(target) and not hasattr(target, "get_config"):
            raise ValueError(
                message(
                    "register_keras_serializable",
                    "a registered class must have get_config",
                    target.__name__,
                )
            )
        full = f"{package}>{name or target.__name__}"
        _BY_NAME[full] = target
        _NAMES[target] = full
        return target

    return register


def get_registered_name(obj: Any) -> str:
    """The name that was registered, else ``obj.__name__``."""
    return _NAMES.get(obj, obj.__name__)


def get_registered_object(
    name: str | None,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """The class or function of that name, None if there is none."""
    for table in (_SCOPE.objects, _BY_NAME, custom_objects or {}, module_objects or {}):
        if name in table:
            return table[name]
    return None


def classes_within(layer: Any) -> dict[str, type]:
    """{name: class} of a layer and all below it: enough to make it anew from its configuration.

    >>> from tidegate.layers import Dense, TimeDistributed
    >>> sorted(classes_within(TimeDistributed(Dense(1))))
    ['Dense', 'TimeDistributed']
    """
    return {get_registered_name(type(one)): type(one) for one in layer.flatten_layers()}


def function_config(owner: str, argument: str, function: Any) -> dict[str, Any]:
    """A function by its name, as Keras' envelope.

    Raises:
        ValueError: a ``lambda``, which has no name.
    """
    if getattr(function, "__name__", "<lambda>") == "<lambda>":
        raise ValueError(
            message(
                owner,
                f"{argument} must have a name to be written into a configuration",
                "a lambda",
                "def and register_keras_serializable; configurations hold no code",
            )
        )
    name = get_registered_name(function)
    return {
        "module": function.__module__,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def function_from_config(owner: str, envelope: Any, custom_objects: Any = None) -> Any:
    """The inverse, with functions that were registered or are in ``custom_objects``.

    Raises:
        ValueError: code, or a function that nobody registered.
    """
    if envelope.get("class_name") == "__lambda__":
        raise ValueError(
            message(
                owner,
                "code in a configuration is never run",
                "a Python lambda stored as bytecode",
                "define the function, register it, and build the layer anew",
            )
        )
    name = envelope.get("config")
    found = get_registered_object(name, custom_objects) if isinstance(name, str) else None
    if found is None:
        raise ValueError(
            message(
                owner,
                "a function of a configuration must be registered",
                repr(name),
                "register_keras_serializable, or custom_objects={name: function}",
            )
        )
    return found
