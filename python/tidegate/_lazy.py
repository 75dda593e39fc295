"""Lazy public names: a package imports a module on the first use of one of its names.

``import tidegate`` must cost little more than ``import numpy``, and a name that Keras has but
tidegate does not have yet must say so by itself instead of looking like a typing error.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

__all__ = ["NotYetAttributeError", "NotYetImportError", "Table", "attach", "missing_attribute"]


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


class Table(Mapping[str, Any]):
    """Names of objects to the objects of a package, each of which is imported when it is asked for.

    >>> table = Table("tidegate.optimizers", {"adam": "Adam"})
    >>> "adam" in table, table["adam"].__name__
    (True, 'Adam')
    >>> sorted(table | {"mine": 3})
    ['adam', 'mine']
    """

    def __init__(
        self, package: str, names: Mapping[str, str], more: Mapping[str, Any] | None = None
    ) -> None:
        self._package, self._names, self._more = package, names, dict(more or {})

    def __getitem__(self, key: str) -> Any:
        if key in self._more:
            return self._more[key]
        return getattr(importlib.import_module(self._package), self._names[key])

    def __contains__(self, key: object) -> bool:
        return key in self._more or key in self._names

    def __iter__(self) -> Iterator[str]:
        return iter({**self._names, **self._more})

    def __len__(self) -> int:
        return len({**self._names, **self._more})

    def __or__(self, more: Mapping[str, Any] | None) -> Table:
        """The table with further objects, which come first."""
        return Table(self._package, self._names, {**self._more, **(more or {})})


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
