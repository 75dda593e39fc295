"""ModelCheckpoint."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tidegate.callbacks import ModelCheckpoint
from tidegate.models import load_model

from .common import fit, model


def test_each_epoch_under_its_name(tmp_path):
    net = model()
    fit(
        net, ModelCheckpoint(tmp_path / "sub" / "w-{epoch:02d}.safetensors", save_weights_only=True)
    )
    assert sorted(os.listdir(tmp_path / "sub")) == [f"w-0{i}.safetensors" for i in (1, 2, 3)]
    other = model()
    other.load_weights(tmp_path / "sub" / "w-03.safetensors")
    np.testing.assert_array_equal(other.get_weights()[0], net.get_weights()[0])


def test_best_only(tmp_path, capsys):
    path = tmp_path / "best.safetensors"
    callback = ModelCheckpoint(path, save_best_only=True, save_weights_only=True, verbose=1)
    net = model()
    callback.set_model(net)
    best = None
    for epoch, loss in enumerate([2.0, 1.0, 3.0]):
        net.set_weights([np.full((3, 1), epoch), np.zeros(1)])
        best = net.get_weights()[0] if loss == 1.0 else best
        callback.on_epoch_end(epoch, {"val_loss": loss})
    net.load_weights(path)
    np.testing.assert_array_equal(net.get_weights()[0], best)
    assert "val_loss did not improve from 1.00000" in capsys.readouterr().out


def test_threshold(tmp_path):
    path = tmp_path / "w.safetensors"
    callback = ModelCheckpoint(
        path, save_best_only=True, save_weights_only=True, initial_value_threshold=0.5
    )
    callback.set_model(model())
    callback.on_epoch_end(0, {"val_loss": 0.6})
    assert not path.exists()


def test_every_second_batch(tmp_path):
    path = tmp_path / "w-{epoch}-{batch}.safetensors"
    fit(
        model(),
        ModelCheckpoint(path, save_weights_only=True, save_freq=2),
        epochs=1,
        batch_size=10,
    )
    assert sorted(os.listdir(tmp_path)) == ["w-1-2.safetensors", "w-1-4.safetensors"]


def test_whole_models(tmp_path):
    net = model()
    net.compile("adam", "mse")
    fit(net, ModelCheckpoint(tmp_path / "m-{epoch}.keras"), epochs=2)
    assert sorted(os.listdir(tmp_path)) == ["m-1.keras", "m-2.keras"]
    loaded = load_model(tmp_path / "m-2.keras")
    assert int(loaded.optimizer.iterations) == int(net.optimizer.iterations)
    for a, b in zip(loaded.get_weights(), net.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="must end in"):
        ModelCheckpoint(tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="must end in"):
        ModelCheckpoint(tmp_path / "m.keras", save_weights_only=True)
    with pytest.raises(ValueError, match="save_freq must be"):
        ModelCheckpoint("w.safetensors", save_weights_only=True, save_freq="batch")
    with pytest.raises(KeyError, match="val_acc"):
        fit(model(), ModelCheckpoint(tmp_path / "{val_acc}.safetensors", save_weights_only=True))
