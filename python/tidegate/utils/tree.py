"""Nested lists, tuples and dicts, flattened in a fixed order and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def _children(structure: Any) -> list[Any] | None:
    if isinstance(structure, dict):
        # Sorted keys: two dicts that are equal flatten alike, as in Keras.
        return [structure[key] for key in sorted(structure)]
    if isinstance(structure, (list, tuple)):
        return list(structure)
    return None


def is_nested(structure: Any) -> bool:
    """Whether this is a list, a tuple or a dict."""
    return isinstance(structure, (list, tuple, dict))


def flatten(structure: Any) -> list[Any]:
    """The leaves, depth first; dict entries in the order of their sorted keys.

    >>> flatten({"b": [1, (2, 3)], "a": None})
    [None, 1, 2, 3]
    """
    children = _children(structure)
    if children is None:
        return [structure]
    return [leaf for child in children for leaf in flatten(child)]


def pack(structure: Any, leaves: Any) -> Any:
    """A structure like the given one, holding these leaves.

    >>> pack({"b": [1, 2], "a": 0}, ["x", "y", "z"])
    {'b': ['y', 'z'], 'a': 'x'}
    """
    return _pack(structure, iter(leaves))


def _pack(structure: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, dict):
        packed = {key: _pack(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, packed[key]) for key in structure)
    if isinstance(structure, (list, tuple)):
        items = [_pack(child, leaves) for child in structure]
        if hasattr(structure, "_fields"):
            return type(structure)(*items)
        return type(structure)(items)
    return next(leaves)


def map_structure(function: Callable[..., Any], *structures: Any) -> Any:
    """The first structure with every leaf replaced by `function(leaf, ...)`.

    >>> map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    columns = [flatten(structure) for structure in structures]
    return pack(structures[0], [function(*leaves) for leaves in zip(*columns, strict=True)])
