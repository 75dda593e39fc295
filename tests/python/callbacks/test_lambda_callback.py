"""LambdaCallback."""

from __future__ import annotations

from tidegate.callbacks import LambdaCallback

from .common import fit, model


def test_functions_are_called():
    seen = []
    fit(
        model(),
        LambdaCallback(
            on_train_begin=lambda logs: seen.append("begin"),
            on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))),
            on_train_batch_end=lambda batch, logs: seen.append(batch),
            on_train_end=lambda logs: seen.append("end"),
        ),
        epochs=1,
    )
    assert seen == ["begin", 0, 1, (0, ["loss"]), "end"]
