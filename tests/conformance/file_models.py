"""Random compiled models for files, for either package: the same draw gives the same model."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

ROWS, WORDS = 6, 11

_CELLS = ("SimpleRNN", "LSTM", "GRU")
_OPTIMIZERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "clipnorm": 0.5}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("RMSprop", {}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "global_clipnorm": 1.0}),
    ("SGD", {"weight_decay": 0.01}),
)


@dataclass
class FileModel:
    """One draw: ``build(package)`` makes and compiles the model."""

    seed: int

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.steps, self.size = int(rng.integers(2, 6)), int(rng.integers(1, 5))
        self.words = bool(rng.random() < 0.4)
        self.x: np.ndarray = rng.normal(size=(ROWS, self.steps, self.size)).astype(np.float32)
        if self.words:
            self.x = rng.integers(0, WORDS, (ROWS, self.steps)).astype(np.int32)
            self.x[:, 0] = 1
        else:
            self.x[0, -1] = 0
        self.optimizer = _OPTIMIZERS[int(rng.integers(len(_OPTIMIZERS)))]
        self.masked = bool(rng.random() < 0.5)
        self.sequential = bool(rng.random() < 0.5)
        self.units = int(rng.integers(1, 4))
        self.y: np.ndarray = rng.normal(size=(ROWS, self.units)).astype(np.float32)

    def build(self, k: ModuleType) -> Any:
        """The model, compiled."""
        rng = np.random.default_rng([self.seed, 1])
        shape, dtype = self.x.shape[1:], self.x.dtype.name
        layers = [*self._first(k, rng), *self._middle(k, rng)]
        last = [_recurrent(k, rng, False), k.layers.Dense(self.units, name="out")]
        if self.sequential:
            model = k.Sequential([k.Input(shape, dtype=dtype), *layers, *last], name="m")
        else:
            model = self._graph(k, rng, k.Input(shape, dtype=dtype, name="x"), layers, last)
        name, numbers = self.optimizer
        optimizer = getattr(k.optimizers, name)(learning_rate=0.01, **numbers)
        model.compile(optimizer, "mse", metrics=["mae"])
        return model

    def _first(self, k: ModuleType, rng: np.random.Generator) -> list[Any]:
        if self.words:
            return [k.layers.Embedding(WORDS, 3, mask_zero=self.masked)]
        return [k.layers.Masking()] if self.masked else []

    def _middle(self, k: ModuleType, rng: np.random.Generator) -> list[Any]:
        return [_sequence_layer(k, rng) for _ in range(int(rng.integers(0, 3)))]

    def _graph(
        self, k: ModuleType, rng: np.random.Generator, x: Any, layers: list[Any], last: list[Any]
    ) -> Any:
        """A functional model: two branches joined, a model inside, a shared layer, attention."""
        h = x
        for layer in layers:
            h = layer(h)
        if not layers:
            h = k.layers.Dense(3)(h)
        # Models inside get no masks: Keras says that it drops them there.
        kind = int(rng.choice([0, 1, 3] if self.masked else [0, 1, 2, 3]))
        if kind == 0:
            one = k.layers.GRU(2, return_sequences=True)(h)
            other = k.layers.LSTM(2, return_sequences=True)(h)
            h = k.layers.Concatenate()([one, other])
        elif kind == 1:
            shared = k.layers.LSTM(3, return_sequences=True)
            h = k.layers.Add()([shared(h), shared(h)])
        elif kind == 2:
            inside = k.Input((None, h.shape[-1]))
            h = k.Model(inside, k.layers.Dense(2, activation="tanh")(inside), name="inner")(h)
        else:
            h = k.layers.MultiHeadAttention(2, 2)(h, h)
        for layer in last:
            h = layer(h)
        return k.Model(x, h, name="m")


def _recurrent(k: ModuleType, rng: np.random.Generator, sequences: bool) -> Any:
    units = int(rng.integers(1, 4))
    cell = _CELLS[int(rng.integers(3))]
    numbers = {"return_sequences": sequences, "use_bias": bool(rng.random() < 0.8)}
    if cell == "GRU":
        numbers["reset_after"] = bool(rng.random() < 0.6)
    kind = int(rng.integers(4))
    if kind == 0:
        return k.layers.Bidirectional(getattr(k.layers, cell)(units, **numbers))
    if kind == 1:
        cells = [k.layers.LSTMCell(2), k.layers.GRUCell(units)]
        return k.layers.RNN(cells, return_sequences=sequences)
    return getattr(k.layers, cell)(units, go_backwards=kind == 2 and not sequences, **numbers)


def _sequence_layer(k: ModuleType, rng: np.random.Generator) -> Any:
    kind = int(rng.integers(6))
    if kind == 0:
        return k.layers.TimeDistributed(k.layers.Dense(3, activation="relu"))
    if kind == 1:
        return k.layers.LayerNormalization()
    if kind == 2:
        return k.layers.Dropout(0.0)
    return _recurrent(k, rng, True)


def train(model: Any, case: FileModel, steps: int) -> None:
    """That many steps on all rows."""
    for _ in range(steps):
        model.train_on_batch(case.x, case.y)


def worst(one: Any, other: Any) -> float:
    """Largest difference of two arrays, relative where values are above 1."""
    a, b = np.float64(one), np.float64(other)
    assert a.shape == b.shape
    return float(np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b)), initial=0.0))
