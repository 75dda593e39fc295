"""Optimizers by name."""

from __future__ import annotations

import pytest

from tidegate import optimizers


@pytest.mark.parametrize(
    ("name", "kind"),
    [("adam", optimizers.Adam), ("RMSprop", optimizers.RMSprop), ("SGD", optimizers.SGD)],
)
def test_names_in_any_case(name, kind):
    assert type(optimizers.get(name)) is kind


def test_objects_and_nothing():
    optimizer = optimizers.Adam()
    assert optimizers.get(optimizer) is optimizer
    assert optimizers.get(None) is None


def test_what_is_none_of_them():
    with pytest.raises(ValueError, match="unknown optimizer"):
        optimizers.get("speedy")
    with pytest.raises(ValueError, match="an optimizer must be"):
        optimizers.get(3)
