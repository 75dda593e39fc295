"""Nested structures of lists, tuples and dicts: what ``Model`` takes and returns (``keras.tree``).

Lists and tuples go in their order, dicts by sorted key. ``None`` is a leaf.
"""

from __future__ import annotations

from typing import Any

from ._keras_names import TREE
from ._lazy import attach
from .errors import message
from .utils.tree import flatten, is_nested, map_structure, pack

__all__ = ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]


def pack_sequence_as(structure: Any, flat_sequence: list[Any]) -> Any:
    """The leaves in the form of ``structure``.

    >>> pack_sequence_as({"b": 0, "a": [0, 0]}, [2, 3, 1])
    {'b': 1, 'a': [2, 3]}
    """
    expected = len(flatten(structure))
    if expected != len(flat_sequence):
        raise ValueError(
            message(
                "pack_sequence_as",
                f"a structure of {expected} leaves needs as many values",
                f"{len(flat_sequence)} values",
            )
        )
    return pack(structure, flat_sequence)


def assert_same_structure(a: Any, b: Any) -> None:
    """Raise ValueError unless both have the same form (a list is not a tuple).

    >>> assert_same_structure([1, {"a": 2}], [3, {"a": 4}])
    """
    if _same(a, b):
        return
    raise ValueError(
        message(
            "assert_same_structure",
            "the two structures must have the same form",
            f"{_form(a)} and {_form(b)}",
        )
    )


def _form(structure: Any) -> Any:
    return map_structure(lambda leaf: None if leaf is None else ".", structure)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return (
            isinstance(b, dict) and a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
        )
    if isinstance(a, (list, tuple)):
        return (
            isinstance(b, (list, tuple))
            and isinstance(a, list) == isinstance(b, list)
            and len(a) == len(b)
            and all(map(_same, a, b))
        )
    return not is_nested(b)


__getattr__ = attach(__name__, {}, TREE, "function")[0]
