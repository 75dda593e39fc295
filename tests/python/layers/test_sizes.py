"""Sizes given as a number or a tuple."""

from __future__ import annotations

import pytest

from tidegate.layers.sizes import channels_first, tuple_of


def test_forms():
    assert tuple_of("a", "b", 2, 3) == (2, 2, 2)
    assert tuple_of("a", "b", [1, 0], 2, zero=True) == (1, 0)
    assert channels_first("a", None) == ("channels_last", False)
    with pytest.raises(ValueError, match=r"\[a\] b must be an int or 2 ints. Received: 1.5"):
        tuple_of("a", "b", 1.5, 2)
    with pytest.raises(ValueError, match="channels_last"):
        channels_first("a", "last")
