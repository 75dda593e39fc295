"""Losses, metrics, inputs and weights of one's own: the logs of both packages, side by side."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

import tidegate

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 5, 3)).astype("float32")
Y = X[:, :, 0]


def flat(package: ModuleType, base: type, **kwargs: Any) -> Any:
    x = package.Input((5, 3))
    layers = package.layers
    return base(x, layers.Dense(1, kernel_initializer="ones")(layers.Flatten()(x)), **kwargs)


def own_loss(package: ModuleType) -> Any:
    class OwnLoss(package.Model):  # type: ignore[name-defined, misc]
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = package.ops.mean(package.ops.abs(y - y_pred))
            self.distance.update_state(loss)
            return loss

    model = flat(package, OwnLoss)
    model.distance = package.metrics.Mean(name="distance")
    model.compile(package.optimizers.SGD(0.01))
    return model


def own_metrics(package: ModuleType) -> Any:
    class Gathering(package.layers.Layer):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.gathered = [package.metrics.Mean(name="outputs")]

        def call(self, x):
            if not isinstance(x, package.KerasTensor):
                self.gathered[0].update_state(package.ops.mean(x))
            return x

    class Own(package.Model):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.flat = package.layers.Flatten()
            self.dense = package.layers.Dense(1, kernel_initializer="ones")
            self.gathering = Gathering()
            self.rows = package.metrics.Sum(name="rows")

        def call(self, x):
            return self.gathering(self.dense(self.flat(x)))

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            super().compute_metrics(x, y, y_pred, sample_weight)
            self.rows.update_state(y_pred * 0.0 + 1.0)
            return self.get_metrics_result()

    model = Own()
    model.compile(package.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return model


def listed(package: ModuleType) -> Any:
    class Listed(package.Model):  # type: ignore[name-defined, misc]
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = package.ops.mean((y - y_pred) ** 2)
            self.distance.update_state(loss)
            return loss

        @property
        def metrics(self):
            return [self.distance]

    model = flat(package, Listed)
    model.distance = package.metrics.Mean(name="loss")
    model.compile(package.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("make", [own_loss, own_metrics, listed])
def test_logs(make: Any) -> None:
    found = []
    for package in (keras, tidegate):
        model = make(package)
        history = model.fit(
            X, Y[:, :1], batch_size=5, epochs=2, shuffle=False, verbose=0,
            validation_data=(X, Y[:, :1]),
        ).history  # fmt: skip
        evaluated = model.evaluate(X, Y[:, :1], verbose=0, batch_size=7)
        found.append((history, model.metrics_names, np.atleast_1d(evaluated)))
    theirs, ours = found
    assert set(ours[0]) == set(theirs[0])
    for name, values in theirs[0].items():
        np.testing.assert_allclose(ours[0][name], values, rtol=1e-5, err_msg=name)
    assert ours[1] == theirs[1]
    np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-5)


@pytest.mark.parametrize("outputs", [1, 2])
def test_evaluate_without_reduction(outputs: int) -> None:
    found = []
    for package in (keras, tidegate):
        x = package.Input((5, 3))
        h = package.layers.Flatten()(x)
        y = [package.layers.Dense(1, kernel_initializer="ones")(h) for _ in range(outputs)]
        model = package.Model(x, y if outputs > 1 else y[0])
        losses = [package.losses.MeanSquaredError(reduction=None), "mse"][:outputs]
        model.compile("sgd", losses if outputs > 1 else losses[0])
        targets = [Y[:, :1], Y[:, 1:2]][:outputs]
        given = targets if outputs > 1 else targets[0]
        found.append(np.atleast_1d(model.evaluate(X, given, batch_size=5, verbose=0)))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


@pytest.mark.parametrize("weighted", [None, ["mae"]])
def test_a_weight_per_sample_of_sequences(weighted: Any) -> None:
    weights = np.arange(12, dtype="float32")
    found = []
    for package in (keras, tidegate):
        layers = package.layers
        model = package.Sequential(
            [
                package.Input((5, 3)),
                layers.GRU(
                    2, return_sequences=True, kernel_initializer="ones",
                    recurrent_initializer="ones",
                ),
                layers.Dense(1, kernel_initializer="ones"),
            ]
        )  # fmt: skip
        model.compile(
            package.optimizers.SGD(0.01), "mse", metrics=["mae"], weighted_metrics=weighted
        )
        model.fit(X, Y, sample_weight=weights, batch_size=4, shuffle=False, verbose=0)
        found.append(model.evaluate(X, Y, sample_weight=weights, verbose=0))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


def test_a_tuple_of_inputs() -> None:
    found = []
    for package in (keras, tidegate):
        a, b = package.Input((3,)), package.Input((3,))
        model = package.Model([a, b], package.layers.Subtract()([a, b]))
        given = (X[:, 0], X[:, 1])
        batches = ((given,) for _ in range(2))
        results = model.predict(given, verbose=0), model.predict(batches, steps=2, verbose=0)
        found.append((*results, np.asarray(model.predict_on_batch(given))))
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
