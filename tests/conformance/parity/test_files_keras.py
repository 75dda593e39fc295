"""Files both ways: Keras loads what tidegate saves, and the reverse, and goes on training alike.

300 random models each way, twelve in the fast run: outputs within 1e-6, and the weights after
three more steps of the optimizer that was saved.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from file_models import FileModel, train, worst
from graph_models import MODELS, arrays

import tidegate

WAYS = [
    pytest.param(keras, tidegate, id="from_keras"),
    pytest.param(tidegate, keras, id="to_keras"),
]
# Both round, and RMSprop with momentum makes much of it.
TRAINED = 2e-4


def datasets(path: Path) -> dict[str, Any]:
    """{path: (shape, dtype)} of everything in a file."""
    found: dict[str, Any] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = (item.shape, item.dtype)

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def check(seed: int, source: ModuleType, target: ModuleType, folder: Path) -> None:
    case = FileModel(seed)
    model = case.build(source)
    train(model, case, 2)
    model.save(folder / "m.keras")
    model.save_weights(folder / "w.weights.h5")
    loaded = target.models.load_model(folder / "m.keras")
    other = case.build(target)
    other.optimizer.build(other.trainable_weights)
    other.save_weights(folder / "mine.weights.h5")
    assert datasets(folder / "mine.weights.h5") == datasets(folder / "w.weights.h5")
    other.load_weights(folder / "w.weights.h5")
    wanted = model.predict(case.x, verbose=0)
    for again in (loaded, other):
        assert worst(again.predict(case.x, verbose=0), wanted) <= 1e-6
    for one in (model, loaded, other):
        train(one, case, 3)
    for again in (loaded, other):
        assert int(again.optimizer.iterations.numpy()) == 5
        for a, b in zip(again.get_weights(), model.get_weights(), strict=True):
            assert worst(a, b) <= TRAINED


@pytest.mark.parametrize(("source", "target"), WAYS)
@pytest.mark.parametrize("seed", range(12))
def test_random_models(seed: int, source: ModuleType, target: ModuleType, tmp_path: Path) -> None:
    check(seed, source, target, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target"), WAYS)
@pytest.mark.parametrize("seed", range(12, 300))
def test_every_model(seed: int, source: ModuleType, target: ModuleType, tmp_path: Path) -> None:
    check(seed, source, target, tmp_path)


@pytest.mark.parametrize(("source", "target"), WAYS)
@pytest.mark.parametrize("name", MODELS)
def test_graphs(name: str, source: ModuleType, target: ModuleType, tmp_path: Path) -> None:
    model = MODELS[name][0](source)
    model.save(tmp_path / "m.keras")
    loaded = target.models.load_model(tmp_path / "m.keras")
    x = arrays(model)
    a, b = model.predict(x, verbose=0), loaded.predict(x, verbose=0)
    for one, other in zip(tidegate.tree.flatten(a), tidegate.tree.flatten(b), strict=True):
        assert worst(one, other) <= 1e-6


def subclassed(k: ModuleType) -> Any:
    """Layers in attributes, lists and dicts, private ones, one that is reached twice."""

    class Inner(k.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [k.layers.Dense(2), [k.layers.Dense(2), {"a": k.layers.Dense(2)}]]
            self._hidden = k.layers.Dense(2)
            self.zeta = self.layers[0]

        def build(self, shape: Any) -> None:
            self.scale = self.add_weight((2,), name="scale")
            self.fixed = self.add_weight((3,), trainable=False, name="fixed")
            self.shift = self.add_weight((2,), name="shift")
            self.built = True

        def call(self, x: Any) -> Any:
            first, (second, rest) = self.layers
            return self._hidden(rest["a"](second(first(x)))) * self.scale + self.shift

    class Mine(k.Model):
        def __init__(self) -> None:
            super().__init__()
            self.zed, self.body, self.head = k.layers.Dense(2), Inner(), k.layers.GRU(2)
            self.many = {"x": k.layers.Dense(2), "y": k.layers.Dense(2)}
            self.td = k.layers.TimeDistributed(k.layers.Dense(2))
            self.bi = k.layers.Bidirectional(k.layers.RNN(k.layers.LSTMCell(1)))

        def call(self, x: Any) -> Any:
            y = self.zed(self.body(self.head(self.td(x))))
            return self.many["y"](self.many["x"](y)) + self.bi(x)

    model = Mine()
    model.compile("sgd", "mse")
    model.predict(np.ones((2, 3, 2), np.float32), verbose=0)
    model.optimizer.build(model.trainable_weights)
    return model


@pytest.mark.parametrize(("source", "target"), WAYS)
def test_subclassed_models(source: ModuleType, target: ModuleType, tmp_path: Path) -> None:
    one, other = subclassed(source), subclassed(target)
    one.save_weights(tmp_path / "one.weights.h5")
    other.save_weights(tmp_path / "other.weights.h5")
    assert datasets(tmp_path / "one.weights.h5") == datasets(tmp_path / "other.weights.h5")
    other.load_weights(tmp_path / "one.weights.h5")
    x = np.random.default_rng(0).normal(size=(2, 3, 2)).astype(np.float32)
    assert worst(one.predict(x, verbose=0), other.predict(x, verbose=0)) <= 1e-6
