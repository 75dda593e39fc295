"""A model that Keras trained and saved goes on in tidegate as in Keras, and the other way round."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import tidegate

OPTIMIZERS = {
    "SGD": {"momentum": 0.9}, "RMSprop": {"momentum": 0.5, "centered": True},
    "Adam": {"amsgrad": True}, "AdamW": {}, "Nadam": {}, "Adagrad": {}, "Adadelta": {},
    "Adamax": {}, "Lion": {}, "Ftrl": {}, "Adafactor": {}, "Lamb": {}, "Muon": {},
}  # fmt: skip
EXTRAS = ({}, {"use_ema": True, "ema_momentum": 0.5, "clipnorm": 0.5})
RNG = np.random.default_rng(4)
X = RNG.normal(size=(24, 4)).astype("float32")
Y = RNG.normal(size=(24, 2)).astype("float32")


def net(module, name, extra):
    model = module.Sequential(
        [
            module.Input((4,)),
            module.layers.Dense(3, activation="tanh", kernel_regularizer="l2"),
            module.layers.Dense(2, kernel_constraint="max_norm"),
        ]
    )
    optimizer = getattr(module.optimizers, name)(learning_rate=0.01, **OPTIMIZERS[name], **extra)
    model.compile(optimizer, "huber", metrics=["mae"])
    return model


def train(model):
    # Not fit: it would end with the averages in place of the weights.
    for start in (0, 8, 16):
        model.train_on_batch(X[start : start + 8], Y[start : start + 8])


@pytest.mark.parametrize("extra", EXTRAS, ids=["plain", "ema"])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
@pytest.mark.parametrize("first", ["keras", "tidegate"])
def test_training_goes_on(first, name, extra, tmp_path):
    path = str(tmp_path / "model.keras")
    begins, goes_on = (keras, tidegate) if first == "keras" else (tidegate, keras)
    one = net(begins, name, extra)
    train(one)
    one.save(path)
    other = goes_on.models.load_model(path)
    train(one)
    train(other)
    for mine, their in zip(one.get_weights(), other.get_weights()):
        np.testing.assert_allclose(mine, their, rtol=2e-4, atol=2e-5)
