"""The tutorials' models, built from whichever package is given: keras or tidegate."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from reviews import STEPS, WORDS

CELLS = ("rnn", "lstm", "gru", "bilstm")


def build(package: ModuleType, cell: str, mask_zero: bool) -> Any:
    """Embedding(5000, 64), one recurrent layer of 128, Dense(1, sigmoid), compiled with Adam."""
    layers = package.layers
    recurrent = {
        "rnn": lambda: layers.SimpleRNN(128, activation="tanh"),
        "lstm": lambda: layers.LSTM(128),
        "gru": lambda: layers.GRU(128),
        "bilstm": lambda: layers.Bidirectional(layers.LSTM(128)),
    }[cell]
    model = package.Sequential(
        [
            layers.Embedding(WORDS, 64, mask_zero=mask_zero),
            recurrent(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.build((None, STEPS))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model
