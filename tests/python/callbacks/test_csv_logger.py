"""CSVLogger."""

from __future__ import annotations

import csv

from tidegate.callbacks import CSVLogger

from .common import X, Y, fit, model


def read(path, separator=","):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=separator))


def test_lines(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(model(metrics=["mae"]), CSVLogger(path), epochs=2)
    rows = read(path)
    assert rows[0] == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row[0] for row in rows[1:]] == ["0", "1"]
    assert float(rows[1][1]) == history.history["loss"][0]


def test_append_and_rare_validation(tmp_path):
    path = tmp_path / "log.csv"
    fit(
        model(), CSVLogger(path, separator=";"), epochs=2, validation_data=(X, Y), validation_freq=2
    )
    fit(model(), CSVLogger(path, separator=";", append=True), epochs=1)
    rows = read(path, ";")
    assert rows[0] == ["epoch", "loss", "val_loss"]
    assert rows[1][2] == "NA"
    assert float(rows[2][2]) > 0
    assert len(rows) == 4
