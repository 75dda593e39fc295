"""Concatenate."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import Concatenate, Input, concatenate
from tidegate.mask import Mask


def masked(values, mask):
    x = ops.convert_to_tensor(np.asarray(values, np.float32))
    x.mask = None if mask is None else Mask(mask)
    return x


def test_values():
    y = concatenate([np.ones((2, 1)), np.zeros((2, 2))])
    assert y.numpy().tolist() == [[1.0, 0.0, 0.0]] * 2
    assert Concatenate(axis=1)([np.ones((1, 2, 3)), np.ones((1, 4, 3))]).shape == (1, 6, 3)
    assert Concatenate()([Input((3,)), Input((4,))]).shape == (None, 7)


def test_masks_along_the_features_and_along_the_steps():
    a = masked(np.ones((1, 2, 3)), [[True, False]])
    b = masked(np.ones((1, 2, 1)), [[False, False]])
    plain = masked(np.ones((1, 2, 1)), None)
    assert Concatenate()([a, b]).mask.values.tolist() == [[True, False]]
    assert Concatenate()([a, plain]).mask.values.tolist() == [[True, True]]
    c = masked(np.ones((1, 1, 3)), [[True]])
    assert Concatenate(axis=1)([a, c]).mask.values.tolist() == [[True, False, True]]
    assert Concatenate()([plain, plain]).mask is None


@pytest.mark.parametrize(
    ("shapes", "match"),
    [
        ([(2, 3), (3, 3)], "must agree on all axes but 1"),
        ([(2, 3), (2, 3, 1)], "same number of axes"),
    ],
)
def test_shapes_that_do_not_fit(shapes, match):
    with pytest.raises(ValueError, match=match):
        Concatenate()([np.zeros(shape) for shape in shapes])


def test_one_tensor_is_no_list():
    with pytest.raises(ValueError, match="must be a list of tensors"):
        Concatenate()(np.zeros((2, 3)))
