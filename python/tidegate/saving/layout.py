"""Where Keras keeps the variables of each object in its files.

An object's variables are ``<path>/vars/0``, ``1``, ...; the path is made of attribute names, and of
class names in lists: ``layers/lstm_1/cell``. Names that a user gave are never part of it, so a
rebuilt model finds its weights. An object that is reached twice is kept at its first path.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..layers.index_lookup import IndexLookup
from ..layers.layer import Layer
from ..layers.recurrent_base import Recurrent
from ..layers.text_vectorization import TextVectorization
from ..models.model import Model
from ..models.sequential import Sequential
from ..optimizers.optimizer import Optimizer
from ..tensor import Variable
from ..utils.naming import to_snake_case

__all__ = ["Group", "groups", "lookup_of"]


@dataclass(frozen=True)
class Group:
    """The variables of one object."""

    path: str  # "" for the model itself
    name: str
    variables: list[Variable]
    owner: Any

    @property
    def folder(self) -> str:
        """The path of the group in the file."""
        return f"{self.path}/vars" if self.path else "vars"

    def keys(self) -> list[str]:
        """The path of each variable in the file."""
        return [f"{self.folder}/{number}" for number in range(len(self.variables))]


def groups(model: Layer) -> Iterator[Group]:
    """The groups of a model or layer and of all in it, in Keras' order.

    >>> from tidegate import Sequential, layers
    >>> model = Sequential([layers.Input((5, 3)), layers.LSTM(2), layers.Dense(1)])
    >>> [key for group in groups(model) for key in group.keys()][2:]
    ['layers/lstm/cell/vars/2', 'layers/dense/vars/0', 'layers/dense/vars/1']
    """
    yield from _of_object(model, "", set())


def lookup_of(found: Any) -> IndexLookup | None:
    """The lookup whose vocabulary Keras keeps at the path of this object.

    That of TextVectorization stands there twice: for the layer and for the lookup inside.
    """
    if isinstance(found, TextVectorization):
        return found.lookup
    return found if isinstance(found, IndexLookup) else None


def _of_object(found: Any, path: str, seen: set[int]) -> Iterator[Group]:
    if id(found) in seen:
        return
    seen.add(id(found))
    if isinstance(found, Optimizer):
        yield Group(path, found.name, found.variables, found)
        return
    if isinstance(found, Recurrent):
        # Keras' layer keeps its weights in a cell; here they are the layer's own.
        yield Group(path, found.name, [], found)
        yield Group(_join(path, "cell"), found.cell_name, found.own_weights, found)
    else:
        yield Group(path, found.name, found.own_weights, found)
    for name, child in _attributes(found):
        if isinstance(child, (Layer, Optimizer)):
            yield from _of_object(child, _join(path, name), seen)
        elif isinstance(child, (list, tuple, dict)):
            yield from _of_container(child, _join(path, name), seen, set())


def _of_container(found: Any, path: str, seen: set[int], containers: set[int]) -> Iterator[Group]:
    if id(found) in containers:
        return
    containers.add(id(found))
    counts: dict[str, int] = {}
    for child in found.values() if isinstance(found, dict) else found:
        if isinstance(child, (Layer, Optimizer)):
            name = _numbered(_class_name(child), counts)
            yield from _of_object(child, _join(path, name), seen)
        elif isinstance(child, (list, tuple, dict)):
            name = _numbered("container", counts)
            yield from _of_container(child, _join(path, name), seen, containers)


def _class_name(found: Any) -> str:
    return "functional" if type(found) is Model else to_snake_case(type(found).__name__)


def _numbered(name: str, counts: dict[str, int]) -> str:
    count = counts.get(name, 0)
    counts[name] = count + 1
    return f"{name}_{count}" if count else name


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _attributes(found: Any) -> Iterator[tuple[str, Any]]:
    """What may hold further objects: the layers of a graph first, then all by name.

    Of a subclassed model ``layers`` is one of the names: what comes before it in the alphabet has
    its own name as path, what comes after is kept among the layers.
    """
    base = _base_attributes(Model if isinstance(found, Model) else Layer)
    names = set(vars(found)) - base
    for one in type(found).__mro__:
        if not one.__module__.startswith("tidegate.") and one is not object:
            names.update(set(vars(one)) - base)
    if isinstance(found, Model):
        names.update({"layers", "optimizer"})
        if isinstance(found, Sequential) or found._graph is not None:
            yield "layers", found.layers
    for name in sorted(names, key=lambda name: f"~{name}" if name.startswith("_") else name):
        if not name.startswith("__"):
            try:
                child = getattr(found, name)
            except Exception:  # a property that cannot be read now holds nothing to keep
                continue
            yield name, child


@functools.cache
def _base_attributes(base: type[Layer]) -> frozenset[str]:
    """What every layer or model has: nothing of the user's is in there."""
    return frozenset(
        {*vars(base(name="one")), *dir(base), "_input_layer", "_given", "_shared_cell"}
    )
