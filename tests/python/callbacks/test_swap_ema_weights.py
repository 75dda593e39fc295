"""Evaluation with running averages, and the weights back after it."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate import callbacks, layers, optimizers

X, Y = np.ones((4, 1), "float32"), np.full((4, 1), 5.0, "float32")


def net(**ema):
    model = tidegate.Sequential(
        [tidegate.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(optimizers.SGD(0.1, **ema), "mse")
    return model


class Weights(callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = {}

    def note(self, when):
        self.seen.setdefault(when, []).append(round(float(self.model.get_weights()[0][0, 0]), 4))

    def on_train_batch_end(self, batch, logs=None):
        self.note("train")

    def on_test_batch_end(self, batch, logs=None):
        self.note("test")

    def on_epoch_end(self, epoch, logs=None):
        self.note("epoch")


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_weights_and_averages_take_turns(swap_on_epoch):
    model, seen = net(use_ema=True, ema_momentum=0.5), Weights()
    swap = callbacks.SwapEMAWeights(swap_on_epoch)
    model.fit(
        X, Y, epochs=2, batch_size=2, validation_data=(X, Y), verbose=0, callbacks=[swap, seen]
    )
    # w: 1, 1.8, 2.44, 2.952; averages: 1, 1.4, 1.92, 2.436
    assert seen.seen["train"] == [1.0, 1.8, 2.44, 2.952]
    assert seen.seen["test"] == [1.4, 1.4, 2.436, 2.436]
    assert seen.seen["epoch"] == ([1.4, 2.436] if swap_on_epoch else [1.8, 2.952])
    assert round(float(model.get_weights()[0][0, 0]), 4) == 2.436


def test_predict_brings_the_weights_back():
    model = net(use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        model.train_on_batch(X, Y)
    before = model.get_weights()[0]
    y = model.predict(X, verbose=0, callbacks=[callbacks.SwapEMAWeights()])
    np.testing.assert_allclose(y[0, 0], 1.4, rtol=1e-6)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_an_optimizer_without_averages():
    with pytest.raises(ValueError, match="must have use_ema=True"):
        net().evaluate(X, Y, verbose=0, callbacks=[callbacks.SwapEMAWeights()])
