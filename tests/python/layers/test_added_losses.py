"""add_loss and losses."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, Input, Model, Sequential, ops
from tidegate.layers import Dense, Layer

X = np.random.default_rng(0).normal(size=(16, 3)).astype("f4")


class Penalty(Layer):
    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        self.add_loss(self.factor * ops.mean(ops.square(inputs)))
        return inputs


def test_losses_are_those_of_the_last_call():
    layer = Penalty()
    for _ in range(3):
        layer(X)
        layer(ops.convert_to_tensor(X))
        assert len(layer.losses) == 1
    assert float(layer.losses[0]) == pytest.approx((X**2).mean(), rel=1e-5)


def test_a_shared_layer_adds_once_for_each_use():
    x = Input((3,))
    shared = Penalty()
    model = Model(x, shared(shared(x)))
    assert model.losses == []
    model(X)
    model(ops.convert_to_tensor(X))
    assert len(model.losses) == 2


def test_training_minimizes_them():
    model = Sequential([Input((3,)), Dense(4), Penalty(0.5)])
    model.compile("sgd", "mse")
    y = np.zeros((16, 4), np.float32)
    loss = model.evaluate(X, y, verbose=0)
    out = model.predict(X, verbose=0)
    assert loss == pytest.approx(1.5 * (out**2).mean(), rel=1e-5)
    with GradientTape() as tape:
        pred = model(X, training=True)
        total = ops.mean(ops.square(pred)) + sum(model.losses)
    expected = [
        v.numpy() - 0.01 * g.numpy()
        for v, g in zip(
            model.trainable_weights, tape.gradient(total, model.trainable_weights), strict=True
        )
    ]
    model.train_on_batch(X, y)
    for v, e in zip(model.weights, expected, strict=True):
        np.testing.assert_allclose(v.numpy(), e, rtol=1e-5, atol=1e-7)


def test_they_may_be_the_only_loss():
    model = Sequential([Input((3,)), Dense(4), Penalty()])
    model.compile("sgd")
    history = model.fit(X, epochs=3, verbose=0).history["loss"]
    assert history[2] < history[0]
    plain = Sequential([Input((3,)), Dense(4)])
    plain.compile("sgd")
    with pytest.raises(ValueError, match="no loss to compute"):
        plain.fit(X, verbose=0)


def test_only_tensors():
    class Wrong(Layer):
        def call(self, inputs):
            self.add_loss(1.0)
            return inputs

    with pytest.raises(ValueError, match="add_loss takes tensors"):
        Wrong()(X)
