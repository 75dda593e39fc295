"""Which direction is better."""

from __future__ import annotations

import pytest

from tidegate.callbacks.monitor import Monitor

from .common import fit, model


@pytest.mark.parametrize(
    ("name", "better"), [("loss", 0.1), ("val_loss", 0.1), ("o1_loss", 0.1), ("val_accuracy", 0.9)]
)
def test_directions(name, better):
    net = model(metrics=["accuracy"])
    fit(net, epochs=1)
    monitor = Monitor("test", name, "auto")
    monitor.resolve(net)
    assert monitor.better(better, 0.5)
    assert not monitor.better(0.5, 0.5)
    assert monitor.better(0.5, monitor.worst)


def test_the_mode_wins():
    monitor = Monitor("test", "loss", "max")
    monitor.resolve(None)
    assert monitor.better(2.0, 1.0)
