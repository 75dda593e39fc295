"""Nested structures."""

from __future__ import annotations

import pytest

from tidegate import tree


def test_pack_and_flatten():
    structure = {"b": (1, [2]), "a": None}
    assert tree.flatten(structure) == [None, 1, 2]
    assert tree.pack_sequence_as(structure, [7, 8, 9]) == {"b": (8, [9]), "a": 7}
    with pytest.raises(ValueError, match="a structure of 3 leaves needs as many values"):
        tree.pack_sequence_as(structure, [1])


def test_same_structure():
    tree.assert_same_structure([1, {"a": (2,)}], [3, {"a": (4,)}])
    for other in ([1], (1, {"a": (2,)}), [1, {"b": (2,)}], [1, 2], 3):
        with pytest.raises(ValueError, match="must have the same form"):
            tree.assert_same_structure([1, {"a": (2,)}], other)
