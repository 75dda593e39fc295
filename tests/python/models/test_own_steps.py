"""train_step, test_step, predict_step, compute_loss of a subclass, written as for Keras."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, Input, Model, Sequential, metrics, ops
from tidegate.layers import Dense, Layer
from tidegate.tensor import Tensor
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


class OwnLoss(Model):
    """Computes the loss itself, and gathers it in a metric of its own."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = ops.mean(ops.abs(y - y_pred))
        self.distance.update_state(loss)
        return loss


def own_loss():
    x = Input((3,))
    model = OwnLoss(x, Dense(1)(x))
    model.distance = metrics.Mean(name="distance")
    return model


def test_a_loss_of_ones_own_is_evaluated_and_logged():
    """evaluate gave {} once, and fit no val_loss."""
    model = own_loss()
    model.compile("sgd")
    history = model.fit(X, Y, epochs=2, validation_data=(X, Y), verbose=0).history
    assert sorted(history) == ["distance", "loss", "val_distance", "val_loss"]
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    expected = np.abs(model.predict(X, verbose=0) - Y).mean()
    assert found["loss"] == pytest.approx(expected, rel=1e-5)
    assert model.evaluate(X, Y, verbose=0) == [found["loss"], found["distance"]]
    # Both batches of 16 and 4 rows count alike in a Mean of their losses; it is reset before.
    parts = [
        np.abs(model.predict(X[s], verbose=0) - Y[s]).mean() for s in np.split(range(20), [16])
    ]
    found = model.evaluate(X, Y, batch_size=16, verbose=0, return_dict=True)
    assert found["distance"] == pytest.approx(np.mean(parts), rel=1e-5)


class Gathering(Layer):
    """Gathers the mean of its outputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = Dense(1)
        self.gathered = {"mean": metrics.Mean(name="outputs")}

    def call(self, x):
        y = self.dense(x)
        if isinstance(y, Tensor):
            self.gathered["mean"].update_state(ops.mean(y))
        return y


class Nested(Model):
    def __init__(self):
        super().__init__()
        self.inner = Gathering()
        self.own = metrics.Sum(name="own")

    def call(self, x):
        return self.inner(x)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        super().compute_metrics(x, y, y_pred, sample_weight)
        self.own.update_state(ops.convert_to_tensor([1.0]))
        return self.get_metrics_result()


def test_metrics_of_the_model_and_of_its_layers_are_logged():
    model = Nested()
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, batch_size=5, epochs=2, validation_data=(X, Y), verbose=0).history
    names = ["loss", "mae", "outputs", "own"]
    assert sorted(history) == sorted([*names, *(f"val_{name}" for name in names)])
    assert history["own"] == [4.0, 4.0]  # batches; forgotten at the end of an epoch
    assert model.metrics_names == ["loss", "compile_metrics", "own", "outputs"]
    assert model.inner.metrics == [model.inner.gathered["mean"]]
    assert Dense(1).metrics == []
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert found["outputs"] == pytest.approx(model.predict(X, verbose=0).mean(), rel=1e-4)
    assert sorted(model.train_on_batch(X, Y, return_dict=True)) == names
    assert len(model.test_on_batch(X, Y)) == 4


def test_metrics_of_a_model_inside_are_its_own():
    inner = Nested()
    inner.compile("sgd", "mse")
    outer = Sequential([Input((3,)), inner])
    outer.compile("sgd", "mse")
    assert outer.metrics_names == ["loss", "outputs"]


def test_a_class_that_lists_its_metrics():
    """Keras logs what the property gives, and nothing else."""

    class Listed(OwnLoss):
        @property
        def metrics(self):
            return [self.distance]

    x = Input((3,))
    model = Listed(x, Dense(1)(x))
    model.distance = metrics.Mean(name="loss")
    model.compile("sgd", "mse", metrics=["mae"])
    assert list(model.fit(X, Y, verbose=0).history) == ["loss"]
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(
        np.abs(model.predict(X, verbose=0) - Y).mean(), rel=1e-5
    )
