"""Input."""

from __future__ import annotations

import pytest

from tidegate.layers import Input, InputLayer


def test_shapes():
    assert Input((3, 4)).shape == (None, 3, 4)
    assert Input((3,), batch_size=8).shape == (8, 3)
    assert Input(batch_shape=(2, None)).shape == (2, None)
    assert Input((), dtype="int32", name="n").dtype == "int32"
    assert Input((), name="n").name == "n"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({}, "shape is needed"),
        ({"shape": 3}, "shape must be a tuple"),
        ({"shape": (3,), "batch_shape": (1, 3)}, "cannot both be given"),
        ({"shape": (-1,)}, "must not be negative"),
    ],
)
def test_errors(arguments, match):
    with pytest.raises(ValueError, match=match):
        Input(**arguments)


@pytest.mark.parametrize("option", ["sparse", "ragged", "optional"])
def test_options_not_served_yet(option):
    with pytest.raises(NotImplementedError, match=option):
        Input((3,), **{option: True})


def test_config_goes_round():
    layer = InputLayer(shape=(3,), dtype="int32", name="x")
    assert InputLayer.from_config(layer.get_config()).get_config() == layer.get_config()
