"""Layers that add noise in training."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, ops
from tidegate.layers import AlphaDropout, GaussianDropout, GaussianNoise, Input, SpatialDropout1D

ONES = np.ones((100, 20, 10), np.float32)
LAYERS = [GaussianNoise(0.5, seed=1), GaussianDropout(0.3, seed=1), AlphaDropout(0.3, seed=1)]


@pytest.mark.parametrize("layer", [*LAYERS, SpatialDropout1D(0.3)], ids=lambda x: x.name)
def test_nothing_happens_without_training(layer):
    assert layer(ONES).numpy().tolist() == ONES.tolist()
    assert layer(Input((20, 10)), training=True).shape == (None, 20, 10)


def test_mean_and_spread_of_what_is_drawn():
    noise = GaussianNoise(0.5, seed=1)(ONES, training=True).numpy()
    assert noise.mean() == pytest.approx(1, abs=0.02)
    assert noise.std() == pytest.approx(0.5, abs=0.02)
    factor = GaussianDropout(0.3, seed=1)(ONES, training=True).numpy()
    assert factor.mean() == pytest.approx(1, abs=0.02)
    assert factor.std() == pytest.approx((0.3 / 0.7) ** 0.5, abs=0.02)


def test_alpha_dropout_keeps_mean_and_variance():
    x = np.random.default_rng(0).normal(size=(1000, 100)).astype("f4")
    y = AlphaDropout(0.3, seed=1)(x, training=True).numpy()
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.std() == pytest.approx(1, abs=0.02)
    shared = AlphaDropout(0.5, noise_shape=(None, 1), seed=1)(x, training=True).numpy()
    assert ((shared == shared[:, :1]).all(1) | (shared != shared[:, :1]).any(1)).all()
    assert len(np.unique(shared[(shared == shared[:, :1]).all(1)])) == 1


def test_spatial_dropout_drops_whole_features():
    y = SpatialDropout1D(0.4, seed=1)(ONES, training=True).numpy()
    assert (y == y[:, :1]).all()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.6)}
    assert (y == 0).mean() == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("make", [GaussianNoise, GaussianDropout, AlphaDropout])
def test_draws_repeat_with_the_seed_and_the_gradient_goes_through(make):
    x = ops.convert_to_tensor(ONES)
    with GradientTape() as tape:
        tape.watch(x)
        y = make(0.3, seed=5)(x, training=True)
    assert y.numpy().tolist() == make(0.3, seed=5)(ONES, training=True).numpy().tolist()
    assert tape.gradient(y, x).shape == ONES.shape
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        make(1.5)
