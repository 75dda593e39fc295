"""Embedding."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Embedding

IDS = np.array([[1, 0, 2], [0, 0, 3]])


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "float32", "float64"])
def test_lookup(dtype):
    layer = Embedding(4, 5)
    y = layer(IDS.astype(dtype))
    np.testing.assert_array_equal(y.numpy(), layer.get_weights()[0][IDS])
    assert y.mask is None


def test_mask_zero():
    y = Embedding(4, 5, mask_zero=True)(IDS)
    np.testing.assert_array_equal(y.mask.values, IDS != 0)


def test_initial_values():
    table = np.arange(8.0).reshape(4, 2)
    for weights in (table, [table]):
        np.testing.assert_array_equal(Embedding(4, 2, weights=weights)(IDS).numpy(), table[IDS])
    values = Embedding(1000, 4)
    values.build(None)
    assert abs(values.get_weights()[0]).max() <= 0.05


@pytest.mark.parametrize("wrong", [4, -1])
def test_ids_out_of_range_name_place_and_value(wrong):
    with pytest.raises(IndexError, match=rf"\[embedding.*{wrong}"):
        Embedding(4, 5)(np.array([[0, wrong]]))


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0), (2.5, 2), ("3", 2), (True, 2)])
def test_sizes(sizes):
    with pytest.raises((ValueError, TypeError), match="must be a positive int"):
        Embedding(*sizes)


def test_input_length_is_dropped_with_a_warning():
    with pytest.warns(UserWarning, match="input_length"):
        Embedding(4, 2, input_length=3)
