"""train_step, test_step, predict_step, compute_loss of a subclass, written as for Keras."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, Input, Model, Sequential, metrics, ops
from tidegate.layers import Dense
from tidegate.utils import unpack_x_y_sample_weight

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)).astype("f4"), RNG.normal(size=(20, 1)).astype("f4")


class Guide(Model):
    """The step of Keras' guide."""

    def train_step(self, data):
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


def graph(kind=Model):
    x = Input((3,), name="x")
    model = kind(x, Dense(1, name="d")(x))
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def test_a_step_of_ones_own_gives_what_ours_gives():
    own, plain = graph(Guide), graph()
    own.set_weights(plain.get_weights())
    options = {"epochs": 3, "shuffle": False, "verbose": 0, "batch_size": 10}
    a, b = own.fit(X, Y, **options).history, plain.fit(X, Y, **options).history
    assert sorted(a) == sorted(b) == ["loss", "mae"]
    for key in a:
        np.testing.assert_allclose(a[key], b[key], rtol=1e-5)
        assert type(a[key][0]) is float
    for one, other in zip(own.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_what_data_is():
    seen = []

    class Look(Model):
        def train_step(self, data):
            seen.append(data)
            return {}

        def test_step(self, data):
            seen.append(data)
            return {"n": 1.0}

        def predict_step(self, data):
            x, _, _ = unpack_x_y_sample_weight(data)
            return super().predict_step(x) * 2

    model = graph(Look)
    model.fit(X, verbose=0)
    assert seen.pop().shape == (20, 3)
    model.fit(X, Y, verbose=0)
    assert len(seen.pop()) == 2
    model.train_on_batch(X, Y, sample_weight=np.ones(20))
    assert len(seen.pop()) == 3
    assert model.evaluate(X, Y, verbose=0) == 1.0
    np.testing.assert_allclose(model.predict(X, verbose=0), 2 * model(X).numpy(), rtol=1e-6)


def test_a_step_may_call_ours_with_less():
    class Half(Model):
        def train_step(self, data):
            x, y = data
            return super().train_step((x, y))

    model = graph(Half)
    assert "mae" in model.fit(X, Y, verbose=0).history


def test_a_loss_of_ones_own_without_training():
    class Twice(Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return 2 * ops.mean(ops.square(y - y_pred))

    model, plain = graph(Twice), graph()
    model.set_weights(plain.get_weights())
    twice, once = model.evaluate(X, Y, verbose=0)[0], plain.evaluate(X, Y, verbose=0)[0]
    assert twice == pytest.approx(2 * once, rel=1e-5)


def test_metrics_of_ones_own_are_reset_with_each_epoch():
    class Counts(Model):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.seen = metrics.Sum(name="seen")

        def train_step(self, data):
            self.seen.update_state(ops.ones((1,)))
            return {"seen": self.seen.result()}

    model = graph(Counts)
    history = model.fit(X, Y, batch_size=5, epochs=2, verbose=0).history
    assert history["seen"] == [4.0, 4.0]
    names = [metric.name for metric in model.metrics]
    assert names == ["loss", "compile_metrics", "seen"]
    assert Sequential([Dense(1)]).metrics == []
