"""Layers by name."""

from __future__ import annotations

import pytest

from tidegate import layers


def test_own_classes():
    class Mine(layers.Layer):
        pass

    config = layers.serialize(Mine(name="m"))
    with pytest.raises(TypeError, match="unknown layer"):
        layers.deserialize(config)
    assert layers.deserialize(config, {"Mine": Mine}).name == "m"


def test_what_keras_has_and_we_lack_is_named():
    with pytest.raises(NotImplementedError, match="Conv2D"):
        layers.deserialize({"class_name": "Conv2D", "config": {}})
