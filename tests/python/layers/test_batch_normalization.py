"""BatchNormalization."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import Sequential, ops
from tidegate.layers import BatchNormalization, Dense, Input
from tidegate.mask import Mask

RNG = np.random.default_rng(0)
X = RNG.normal(2.0, 3.0, size=(64, 5)).astype("f4")


def test_training_uses_the_batch_and_inference_what_was_stored():
    layer = BatchNormalization(momentum=0.5, epsilon=1e-6)
    y = layer(X, training=True).numpy()
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(0), 1, atol=1e-3)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.5 * X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), 0.5 + 0.5 * X.var(0), rtol=1e-5)
    stored = (X - layer.moving_mean.numpy()) / np.sqrt(layer.moving_variance.numpy() + 1e-6)
    np.testing.assert_allclose(layer(X).numpy(), stored, rtol=1e-4, atol=1e-5)


def test_masked_steps_do_not_count():
    x = RNG.normal(size=(4, 6, 3)).astype("f4")
    mask = RNG.random((4, 6)) < 0.6
    mask[0, 0] = True
    masked = ops.convert_to_tensor(x)
    masked.mask = Mask(mask)
    layer = BatchNormalization(momentum=0.0)
    assert layer(masked, training=True).mask is masked.mask
    np.testing.assert_allclose(layer.moving_mean.numpy(), x[mask].mean(0), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="one axis less"):
        layer(x, mask=np.ones((4,), bool))


def test_a_frozen_layer_follows_nothing():
    layer = BatchNormalization(trainable=False)
    layer(X, training=True)
    assert layer.moving_mean.numpy().tolist() == [0.0] * 5
    assert layer.trainable_weights == []
    assert [v.name for v in BatchNormalization().weights] == []


def test_a_layer_used_twice_in_a_step_follows_twice():
    x = Input((5,))
    shared = BatchNormalization(momentum=0.5)
    from tidegate import Model

    model = Model(x, Dense(1)(shared(shared(x))))
    model.compile("sgd", "mse")
    model.train_on_batch(X, X[:, :1])
    # First the batch's mean, then that of what was normalized, which is 0.
    np.testing.assert_allclose(shared.moving_mean.numpy(), 0.25 * X.mean(0), atol=1e-5)


def test_an_interrupted_step_stores_nothing():
    class StopError(Exception):
        pass

    def loss(y_true, y_pred):
        raise StopError

    model = Sequential([Input((5,)), BatchNormalization(), Dense(1)])
    model.compile("sgd", loss)
    with pytest.raises(StopError):
        model.train_on_batch(X, X[:, :1])
    assert model.layers[0].moving_mean.numpy().tolist() == [0.0] * 5


def test_errors():
    with pytest.raises(ValueError, match="axis 3 must be one of the input"):
        BatchNormalization(axis=3)(X)
    with pytest.raises(ValueError, match="synchronized"):
        BatchNormalization(synchronized=True)
    with pytest.raises(NotImplementedError, match="renorm"):
        BatchNormalization(renorm=True)
