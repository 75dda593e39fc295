"""Layers whose class writes no get_config."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Layer


class Scale(Layer):
    def __init__(self, factor, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.offset = factor, offset

    def call(self, x):
        return x * self.factor + self.offset


class Strict(Layer):
    def __init__(self, factor):
        super().__init__()


def test_arguments_are_remembered_with_their_defaults():
    layer = Scale(3.0, name="mine", trainable=False)
    config = layer.get_config()
    assert (config["factor"], config["offset"], config["name"]) == (3.0, 0.0, "mine")
    again = Scale.from_config(config)
    assert again(np.ones((1, 1))).numpy() == 3
    assert again.get_config() == config
    assert "name" not in Strict(1).get_config()


def test_what_cannot_be_written_says_so():
    with pytest.raises(NotImplementedError, match="must write get_config"):
        Scale(np.ones(3)).get_config()
    with pytest.raises(TypeError, match="the configuration does not fit"):
        Strict.from_config(Strict(1).get_config())
