"""Masking."""

from __future__ import annotations

import numpy as np

from tidegate.layers import LSTM, Masking


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
