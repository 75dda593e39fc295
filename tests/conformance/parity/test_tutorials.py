"""The three programs of the tutorials, letter for letter: only the import lines change."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

PROGRAM = """
from {package}.models import Sequential
from {package}.layers import Embedding, SimpleRNN, LSTM, Bidirectional, Dense

model = Sequential()
model.add(Embedding(5000, 64))
model.add({layer})
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
history = model.fit(x_train, y_train, epochs=2, batch_size=32, validation_split=0.2)
model.summary()
loss, accuracy = model.evaluate(x_test, y_test)
predictions = model.predict(x_test)
weights = model.get_weights()
"""
LAYERS = ("SimpleRNN(128, activation='tanh')", "LSTM(128)", "Bidirectional(LSTM(128))")


def run(package: str, layer: str) -> dict[str, Any]:
    """The names that the program leaves behind."""
    rng = np.random.default_rng(0)
    names: dict[str, Any] = {
        # What np.array of a list of padded lists gives: int64, and labels of shape (N,).
        "x_train": rng.integers(0, 5000, (160, 20)), "y_train": rng.integers(0, 2, 160),
        "x_test": rng.integers(0, 5000, (40, 20)), "y_test": rng.integers(0, 2, 40),
    }  # fmt: skip
    exec(PROGRAM.format(package=package, layer=layer), names)
    return names


def shape_of_text(printed: str) -> list[str]:
    """Printed lines with every number blanked and the bar's own redrawing taken away."""
    lines = [line for line in re.split(r"[\r\n\x08]+", printed) if line.strip()]
    plain = [re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", line) for line in lines]
    # A step takes a number of units that the machine chooses: 3ms/step, 950us/step.
    plain = [re.sub(r"\d+(ms|us|s)(/step)?", "0", line) for line in plain]
    return [re.sub(r"\s+", " ", re.sub(r"[\d.,e+-]+", "0", line)).strip() for line in plain]


@pytest.mark.parametrize("layer", LAYERS)
def test_only_the_import_line_changes(layer: str, capsys: pytest.CaptureFixture[str]) -> None:
    theirs = run("keras", layer)
    their_text = capsys.readouterr().out
    ours = run("tidegate", layer)
    our_text = capsys.readouterr().out
    assert list(ours["history"].history) == list(theirs["history"].history)
    assert ours["history"].params == theirs["history"].params
    assert isinstance(ours["loss"], float) == isinstance(theirs["loss"], float)
    assert ours["predictions"].shape == theirs["predictions"].shape
    assert ours["predictions"].dtype == theirs["predictions"].dtype
    assert type(ours["predictions"]) is type(theirs["predictions"])
    assert [w.shape for w in ours["weights"]] == [w.shape for w in theirs["weights"]]
    # The last line of each bar, the table and the totals read alike.
    assert shape_of_text(our_text)[-1] == shape_of_text(their_text)[-1]
    ours_table = [line for line in shape_of_text(our_text) if "params" in line]
    assert ours_table == [line for line in shape_of_text(their_text) if "params" in line]
