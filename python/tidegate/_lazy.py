"""Lazy public names: a package imports a module on the first use of one of its names.

``import tidegate`` must cost little more than ``import numpy``, and a name that Keras has but
tidegate does not have yet must say so by itself instead of looking like a typing error.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["NotYetAttributeError", "NotYetImportError", "attach", "missing_attribute"]


class NotYetAttributeError(AttributeError):
    """A public name of Keras that tidegate does not have yet (attribute access)."""


class NotYetImportError(ImportError):
    """A public name of Keras that tidegate does not have yet (``from ... import name``)."""


def missing_attribute(value: object, name: str, keras_names: Iterable[str]) -> AttributeError:
    """The error for an attribute that an object does not have."""
    found = getattr(type(value), name, None)
    if isinstance(found, property) and found.fget is not None:
        # Python asks `__getattr__` after a property raised AttributeError: that one says more.
        found.fget(value)
    owner = type(value).__name__
    if name not in keras_names:
        return AttributeError(f"{owner!r} object has no attribute {name!r}")
    return NotYetAttributeError(
        f"[{owner}] {name} is an attribute of Keras that tidegate does not have yet. "
        f"Received: {owner}.{name}. Hint: dir({owner}) lists what there is."
    )


def attach(
    package: str,
    exports: Mapping[str, str],
    keras_names: Iterable[str] = (),
    kind: str = "name",
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``(__getattr__, __dir__, __all__)`` for a package.

    ``exports`` maps a public name to the module that defines it, relative to the package; a module
    that ends in ``:`` is itself the value. ``keras_names`` are the names that Keras has here.
    """
    missing = frozenset(keras_names) - exports.keys()

    def get(name: str) -> Any:
        module_name = exports.get(name)
        if module_name is None:
            raise _unknown(package, name, name in missing, kind)
        if module_name.endswith(":"):
            value: Any = importlib.import_module(module_name[:-1], package)
        else:
            value = getattr(importlib.import_module(module_name, package), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted(set(vars(sys.modules[package])) | set(exports))

    return get, names, sorted(exports)


def _unknown(package: str, name: str, known_to_keras: bool, kind: str) -> Exception:
    if not known_to_keras:
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    text = (
        f"[{package}] {name} is a Keras {kind} that tidegate does not have yet. "
        f"Received: {package}.{name}. Hint: dir({package}) lists what there is."
    )
    # `from package import name` first asks hasattr(package, name) in importlib, which swallows an
    # AttributeError and its text; an ImportError goes through to the user as it is.
    caller = sys._getframe(2)
    if caller.f_code.co_name == "_handle_fromlist" and "importlib" in caller.f_code.co_filename:
        return NotYetImportError(text, name=package)
    return NotYetAttributeError(text)
