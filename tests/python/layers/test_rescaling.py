"""Rescaling; its values are compared with Keras in tests/conformance/parity."""

from __future__ import annotations

import json

import numpy as np

from tidegate import convert_to_tensor
from tidegate.layers import Input, Rescaling
from tidegate.layers.registry import deserialize, serialize
from tidegate.mask import Mask


def test_integers_become_floats_and_the_mask_goes_through():
    layer = Rescaling(2, offset=[1.0, 0.0])
    y = layer(np.array([[1, 2], [3, 4]]))
    assert y.dtype == "float32"
    np.testing.assert_array_equal(y.numpy(), [[3, 4], [7, 8]])
    x = Input((4, 2))
    assert layer(x).shape == (None, 4, 2)
    given = convert_to_tensor(np.zeros((1, 3, 2), "f4"))
    given.mask = Mask(np.array([[True, False, True]]))
    np.testing.assert_array_equal(layer(given).mask.values, [[True, False, True]])


def test_arrays_go_through_the_configuration():
    layer = Rescaling(np.float32(0.5), offset=np.array([1.0, 2.0]))
    again = deserialize(json.loads(json.dumps(serialize(layer))))
    assert again.scale == 0.5
    np.testing.assert_array_equal(again.offset, layer.offset)
    assert again.get_config() == layer.get_config()
