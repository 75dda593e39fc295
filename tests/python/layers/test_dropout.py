"""Dropout."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Dropout


def test_inverted_scaling():
    y = Dropout(0.25, seed=1)(np.ones((100, 100)), training=True).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(y.mean() - 1) < 0.02


def test_noise_shape():
    y = Dropout(0.5, noise_shape=(None, 1, 8), seed=1)(np.ones((2, 5, 8)), training=True).numpy()
    assert (y == y[:, :1]).all()


def test_a_seed_repeats_and_goes_on():
    a, b = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    x = np.ones((1, 64))
    first = a(x, training=True).numpy()
    np.testing.assert_array_equal(first, b(x, training=True).numpy())
    assert not np.array_equal(first, a(x, training=True).numpy())


def test_inference_draws_nothing():
    layer = Dropout(0.5, seed=3)
    before = layer.seed_generator.state
    layer(np.ones((1, 4)))
    assert layer.seed_generator.state == before


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_rate(rate):
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\]"):
        Dropout(rate)
