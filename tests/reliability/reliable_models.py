"""The models and data that the reliability tests train, each from a seed alone."""

from __future__ import annotations

import hashlib

import numpy as np

import tidegate
from tidegate import layers

WORDS, STEPS, CLASSES = 50, 12, 3
CELLS = ("simple_rnn", "lstm", "gru", "bilstm")


def sentences(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """ids [rows, 12], post-padded with zeros (some rows short, one with a hole), labels [rows]."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(1, WORDS, (rows, STEPS)).astype(np.int32)
    lengths = rng.integers(1, STEPS + 1, rows)
    ids[np.arange(STEPS) >= lengths[:, None]] = 0
    if rows > 4:
        ids[4, 1] = 0
    return ids, rng.integers(0, CLASSES, rows).astype(np.int32)


def classifier(seed: int = 1, units: int = 37) -> tidegate.Sequential:
    """Embedding with a mask, Bidirectional(LSTM), GRU, Dense: compiled, weights from the seed."""
    tidegate.utils.set_random_seed(seed)
    model = tidegate.Sequential(
        [
            layers.Embedding(WORDS, 16, mask_zero=True),
            layers.Bidirectional(layers.LSTM(units, return_sequences=True)),
            layers.GRU(units),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.build((None, STEPS))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


def sequence_model(cell: str, units: int = 19, inputs: int = 5, seed: int = 1) -> tidegate.Model:
    """One recurrent layer that returns its sequence, and a Dense: what can be streamed."""
    tidegate.utils.set_random_seed(seed)
    recurrent = {
        "simple_rnn": lambda: layers.SimpleRNN(units, return_sequences=True),
        "lstm": lambda: layers.LSTM(units, return_sequences=True),
        "gru": lambda: layers.GRU(units, return_sequences=True),
        "bilstm": lambda: layers.Bidirectional(layers.LSTM(units, return_sequences=True)),
    }[cell]()
    model = tidegate.Sequential([layers.Input((None, inputs)), recurrent, layers.Dense(2)])
    model.compile(optimizer="sgd", loss="mse")
    return model


def digest(arrays: list[np.ndarray]) -> str:
    """One hash of the bits of many arrays."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
