"""EarlyStopping, driven by hand-made logs."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.callbacks import EarlyStopping

from .common import fit, model


def run(callback, values, net=None, name="val_loss"):
    net = net or model()
    callback.set_model(net)
    net.stop_training = False
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {name: value})
        if net.stop_training:
            callback.on_train_end()
            return epoch
    callback.on_train_end()
    return None


@pytest.mark.parametrize(
    ("arguments", "values", "stops"),
    [
        ({}, [1.0, 2.0], 1),
        ({}, [2.0, 1.0, 0.5], None),
        ({"patience": 2}, [1.0, 2.0, 2.0, 0.5], 2),
        ({"patience": 2}, [1.0, 2.0, 0.5, 2.0, 0.4], None),
        ({"min_delta": 0.6}, [1.0, 0.5], 1),
        ({"mode": "max"}, [1.0, 2.0, 1.5], 2),
        ({"baseline": 0.5, "patience": 3}, [1.0, 0.9, 0.95], 2),
        ({"start_from_epoch": 2}, [1.0, 2.0, 3.0, 4.0], 3),
    ],
)
def test_when_it_stops(arguments, values, stops):
    assert run(EarlyStopping(**arguments), values) == stops


def test_best_weights_are_put_back(capsys):
    net = model()
    callback = EarlyStopping(restore_best_weights=True, patience=1, verbose=1)
    callback.set_model(net)
    callback.on_train_begin()
    kept = None
    for epoch, value in enumerate([2.0, 1.0, 3.0]):
        net.set_weights([np.full((3, 1), epoch), np.zeros(1)])
        kept = net.get_weights() if value == 1.0 else kept
        callback.on_epoch_end(epoch, {"val_loss": value})
    callback.on_train_end()
    np.testing.assert_array_equal(net.get_weights()[0], kept[0])
    assert "early stopping" in capsys.readouterr().out


def test_direction_of_a_metric_is_known():
    net = model(metrics=["accuracy"])
    fit(net, epochs=1)
    assert run(EarlyStopping(monitor="accuracy"), [0.5, 0.6, 0.4], net, "accuracy") == 2


def test_unknown_direction_and_missing_name():
    with pytest.raises(ValueError, match="direction of monitor='speed' is not known"):
        run(EarlyStopping(monitor="speed"), [1.0], name="speed")
    with pytest.warns(UserWarning, match="`val_loss` which is not available"):
        run(EarlyStopping(), [1.0], name="loss")
    with pytest.warns(UserWarning, match="mode 'best' is unknown"):
        EarlyStopping(mode="best")


def test_in_fit():
    net = model()
    net.optimizer.learning_rate = 0.0
    history = fit(net, EarlyStopping(monitor="loss"), epochs=9, shuffle=False)
    assert history.epoch == [0, 1]
