"""Add, Subtract, Multiply, Average, Maximum, Minimum."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import layers, ops
from tidegate.layers import Add, Input, Maximum, Multiply, Subtract
from tidegate.mask import Mask

A = np.array([[[1.0, 2.0], [3.0, 4.0]]], np.float32)
B = np.array([[[9.0, 1.0], [1.0, 9.0]]], np.float32)


def masked(values, mask):
    x = ops.convert_to_tensor(np.asarray(values, np.float32))
    x.mask = None if mask is None else Mask(mask)
    return x


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("add", np.add), ("subtract", np.subtract), ("multiply", np.multiply),
        ("maximum", np.maximum), ("minimum", np.minimum), ("average", lambda a, b: (a + b) / 2),
    ],
)  # fmt: skip
def test_both_forms(name, function):
    layer = getattr(layers, name.capitalize())()
    np.testing.assert_array_equal(layer([A, B]).numpy(), function(A, B))
    np.testing.assert_array_equal(getattr(layers, name)([A, B]).numpy(), function(A, B))


def test_shapes_broadcast_and_ranks_are_evened_out():
    assert Add()([A, B[:, :1]]).shape == (1, 2, 2)
    np.testing.assert_array_equal(Add()([A, B[:, 0]]).numpy(), A + B[:, :1])
    assert Add()([Input((None, 2)), Input((3, 2))]).shape == (None, None, 2)


def test_masks_are_joined_by_or():
    a, b = masked(A, [[True, False]]), masked(B, [[False, False]])
    assert Add()([a, b]).mask.values.tolist() == [[True, False]]
    assert Add()([a, masked(B, None)]).mask is None


def test_a_masked_step_does_not_take_part():
    a, b = masked(A, [[True, False]]), masked(B, [[False, True]])
    assert Maximum()([a, b]).numpy().tolist() == [[[1.0, 2.0], [1.0, 9.0]]]
    assert Multiply()([a, b]).numpy().tolist() == [[[1.0, 2.0], [1.0, 9.0]]]
    nobody = masked(B, [[False, False]])
    assert Multiply()([a, nobody]).numpy().tolist() == [[[1.0, 2.0], [0.0, 0.0]]]


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Add()(A), "must be a list of tensors"),
        (lambda: Add()([A, np.ones((1, 3, 2))]), "shapes that broadcast"),
        (lambda: Add()([A, np.ones((2, 2, 2))]), "same number of samples"),
        (lambda: Subtract()([A, B, A]), "exactly 2 inputs"),
        (lambda: Add().compute_mask([A, B], A), "mask must be a list"),
        (lambda: Add().compute_mask(A, [None, None]), "inputs must be a list"),
        (lambda: Add().compute_mask([A, B], [None]), "same length. Received: 2 and 1"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
