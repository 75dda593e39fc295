"""ReduceLROnPlateau, driven by hand-made logs."""

from __future__ import annotations

import pytest

from tidegate.callbacks import ReduceLROnPlateau

from .common import model


def rates(callback, values):
    net = model()
    net.optimizer.learning_rate = 1.0
    callback.set_model(net)
    callback.on_train_begin()
    found = []
    for epoch, value in enumerate(values):
        logs = {"val_loss": value}
        callback.on_epoch_end(epoch, logs)
        assert "learning_rate" in logs
        found.append(float(net.optimizer.learning_rate))
    return found


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"patience": 2}, [1, 1, 0.5, 0.5, 0.25]),
        ({"patience": 1, "cooldown": 2}, [1, 0.5, 0.5, 0.25, 0.25]),
        ({"patience": 1, "min_lr": 0.4}, [1, 0.5, 0.4, 0.4, 0.4]),
    ],
)
def test_rates(arguments, expected, capsys):
    found = rates(ReduceLROnPlateau(factor=0.5, verbose=1, **arguments), [1.0] * 5)
    assert found == pytest.approx(expected)
    assert "reducing learning rate to 0.5" in capsys.readouterr().out


def test_improvement_resets_the_count():
    assert rates(ReduceLROnPlateau(factor=0.5, patience=2), [3.0, 3.0, 2.0, 2.0]) == [1, 1, 1, 1]


def test_errors():
    with pytest.raises(ValueError, match="factor must be below 1"):
        ReduceLROnPlateau(factor=1.0)
    with pytest.raises(ValueError, match="unknown arguments"):
        ReduceLROnPlateau(epsilon=1)
