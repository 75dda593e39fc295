"""Masking."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import (
    GRU,
    LSTM,
    RNN,
    Add,
    Attention,
    Bidirectional,
    Concatenate,
    Dense,
    Dot,
    Embedding,
    GlobalAveragePooling1D,
    GRUCell,
    Lambda,
    Masking,
)


def test_masked_steps_are_zero_and_marked():
    x = np.array([[[1.0, 5.0], [5.0, 5.0], [5.0, 2.0]]])
    y = Masking(mask_value=5.0)(x)
    np.testing.assert_array_equal(y.numpy(), [[[1.0, 5.0], [0.0, 0.0], [5.0, 2.0]]])
    assert y.mask.values.tolist() == [[True, False, True]]


def test_the_mask_reaches_a_recurrent_layer():
    x = np.random.default_rng(0).normal(size=(2, 4, 3))
    x[:, 2:] = 0
    lstm = LSTM(5)
    np.testing.assert_allclose(
        lstm(Masking()(x)).numpy(), lstm(x[:, :2].astype("f4")).numpy(), atol=1e-6
    )


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (lambda: Masking(), ops.ones((1, 2, 1))),
        (lambda: Embedding(3, 2, mask_zero=True), ops.ones((1, 2), "int32")),
        (lambda: LSTM(2, return_sequences=True), ops.ones((1, 2, 1))),
        (lambda: RNN(GRUCell(2), return_sequences=True), ops.ones((1, 2, 1))),
        (lambda: Bidirectional(GRU(2, return_sequences=True)), ops.ones((1, 2, 1))),
        (lambda: Concatenate(), [ops.ones((1, 2, 1))] * 2),
        (lambda: Add(), [ops.ones((1, 2, 1))] * 2),
        (lambda: Dot(1), [ops.ones((1, 2, 1))] * 2),
        (lambda: GlobalAveragePooling1D(), ops.ones((1, 2, 1))),
        (lambda: Attention(), [ops.ones((1, 2, 1))] * 2),
        (lambda: Lambda(lambda x: x), ops.ones((1, 2, 1))),
    ],
)
def test_masks_are_named_mask_as_in_keras(make, inputs):
    layer = make()
    mask = [ops.ones((1, 2), "bool")] * 2 if isinstance(inputs, list) else ops.ones((1, 2), "bool")
    by_name, by_place = layer.compute_mask(inputs, mask=mask), layer.compute_mask(inputs, mask)
    assert str(by_name) == str(by_place)


def test_the_base_names_it_previous_mask():
    assert Dense(1).compute_mask(ops.ones((1, 2, 1)), previous_mask=3) == 3


def test_nested_lists_are_one_mask():
    x = np.random.default_rng(0).normal(size=(2, 3, 1))
    listed = [[True, True, False], [1, 0, 0]]
    layer = LSTM(2)
    wanted = layer(x, mask=np.array(listed, bool)).numpy()
    np.testing.assert_array_equal(layer(x, mask=listed).numpy(), wanted)
    with pytest.raises(ValueError, match=r"mask must be \[B, T\] = \[2, 3\]. Received: \[2, 2\]"):
        layer(x, mask=[[True, True], [True, True]])
