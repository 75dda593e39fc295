"""Small models that use every layer, loss and metric there is, for either package."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

ROWS, STEPS, INPUTS, WORDS, CLASSES = 48, 6, 3, 20, 4


class Data(NamedTuple):
    """What the models read: series with padding of zeros, ids, and targets of several kinds."""

    series: np.ndarray  # [48, 6, 3], zero where padded
    ids: np.ndarray  # [48, 6], zero where padded
    binary: np.ndarray  # [48]
    classes: np.ndarray  # [48]
    sequence: np.ndarray  # [48, 6, 2]
    weights: np.ndarray  # [48]


def data(seed: int = 0) -> Data:
    """The same numbers for both packages."""
    rng = np.random.default_rng(seed)
    keep = np.arange(STEPS) < rng.integers(1, STEPS + 1, ROWS)[:, None]
    return Data(
        (rng.normal(size=(ROWS, STEPS, INPUTS)) * keep[..., None]).astype(np.float32),
        (rng.integers(1, WORDS, (ROWS, STEPS)) * keep).astype(np.int32),
        rng.integers(0, 2, ROWS).astype(np.float32),
        rng.integers(0, CLASSES, ROWS).astype(np.int32),
        rng.normal(size=(ROWS, STEPS, 2)).astype(np.float32),
        rng.uniform(0.2, 2.0, ROWS).astype(np.float32),
    )


class Recipe(NamedTuple):
    """How to build a model, what to compile it with, what to feed it."""

    build: Callable[[ModuleType], Any]
    compile: dict[str, object]
    x: Callable[[Data], np.ndarray]
    y: Callable[[Data], np.ndarray]


def _stacked(k: ModuleType) -> Any:
    layers = k.layers
    return k.Sequential([
        layers.Input((STEPS,)),
        layers.Embedding(WORDS, 5, mask_zero=True),
        layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode="sum"),
        layers.LayerNormalization(),
        layers.LSTM(6),
        layers.Dropout(0.0),
        layers.Dense(CLASSES, activation="softmax"),
    ])  # fmt: skip


def _masking(k: ModuleType) -> Any:
    layers = k.layers
    return k.Sequential([
        layers.Input((STEPS, INPUTS)),
        layers.Masking(),
        layers.SimpleRNN(5, return_sequences=True),
        layers.TimeDistributed(layers.Dense(4)),
        layers.Activation("relu"),
        layers.GRU(3, reset_after=False),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def _sequence_to_sequence(k: ModuleType) -> Any:
    layers = k.layers
    return k.Sequential([
        layers.Input((STEPS, INPUTS)),
        layers.Masking(),
        layers.LSTM(5, return_sequences=True),
        layers.Dense(2),
    ])  # fmt: skip


def _functional(k: ModuleType) -> Any:
    layers = k.layers
    x = layers.Input((STEPS, INPUTS))
    sequence, h, c = layers.LSTM(4, return_sequences=True, return_state=True)(x)
    decoded = layers.LSTM(4, return_sequences=True)(sequence, initial_state=[h, c])
    both = layers.Concatenate()([decoded, layers.SimpleRNN(3, return_sequences=True)(x)])
    pooled = layers.GRU(5, go_backwards=True)(both)
    return k.Model(x, layers.Dense(CLASSES)(pooled))


def _averaged(k: ModuleType) -> Any:
    layers = k.layers
    return k.Sequential([
        layers.Input((STEPS, INPUTS)),
        layers.Bidirectional(layers.LSTM(4), merge_mode="ave"),
        layers.Dense(1, activation="tanh"),
        layers.Dense(1),
    ])  # fmt: skip


RECIPES: dict[str, Recipe] = {
    "stacked": Recipe(
        _stacked,
        {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        lambda d: d.ids, lambda d: d.classes,
    ),
    "one_hot": Recipe(
        _stacked,
        {"optimizer": "rmsprop", "loss": "categorical_crossentropy", "metrics": ["accuracy"]},
        lambda d: d.ids, lambda d: np.eye(CLASSES, dtype=np.float32)[d.classes],
    ),
    "masking": Recipe(
        _masking,
        {"optimizer": "rmsprop", "loss": "binary_crossentropy", "metrics": ["accuracy", "mae"]},
        lambda d: d.series, lambda d: d.binary,
    ),
    "sequence": Recipe(
        _sequence_to_sequence, {"optimizer": "sgd", "loss": "mse", "metrics": ["mae", "mse"]},
        lambda d: d.series, lambda d: d.sequence,
    ),
    "functional": Recipe(
        _functional,
        {"optimizer": "adam", "loss": ("SparseCategoricalCrossentropy", {"from_logits": True}),
         "metrics": ["accuracy"]},
        lambda d: d.series, lambda d: d.classes,
    ),
    "averaged": Recipe(
        _averaged, {"optimizer": "adam", "loss": "mae", "metrics": ["mse"]},
        lambda d: d.series, lambda d: d.binary,
    ),
    "logits": Recipe(
        _averaged,
        {"optimizer": "adam", "loss": ("BinaryCrossentropy", {"from_logits": True})},
        lambda d: d.series, lambda d: d.binary,
    ),
}  # fmt: skip


def compiled(package: ModuleType, recipe: Recipe) -> Any:
    """The recipe's model in that package, compiled; a loss may be (class name, keywords)."""
    model = recipe.build(package)
    keywords = dict(recipe.compile)
    if isinstance(keywords["loss"], tuple):
        name, arguments = keywords["loss"]
        keywords["loss"] = getattr(package.losses, name)(**arguments)
    model.compile(**keywords)
    return model
