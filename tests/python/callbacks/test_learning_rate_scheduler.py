"""LearningRateScheduler."""

from __future__ import annotations

import pytest

from tidegate.callbacks import LearningRateScheduler

from .common import fit, model


def test_with_and_without_the_rate(capsys):
    net = model()
    history = fit(net, LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1), verbose=1))
    assert history.history["learning_rate"] == pytest.approx([0.5, 0.25, 0.5 / 3])
    assert "setting learning rate to 0.25" in capsys.readouterr().out
    history = fit(net, LearningRateScheduler(lambda epoch, lr: lr * 0.5))
    assert history.history["learning_rate"][0] == pytest.approx(0.25 / 3)


def test_errors():
    with pytest.raises(ValueError, match="schedule must return a float"):
        fit(model(), LearningRateScheduler(lambda epoch: "fast"))
