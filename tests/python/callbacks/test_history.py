"""History, and its picture."""

from __future__ import annotations

import pytest

from .common import X, Y, fit, model


def test_sorted_names_python_floats_epochs():
    net = model(metrics=["mse", "mae"])
    history = fit(net, validation_split=0.25)
    assert list(history.history) == ["loss", "mae", "mse", "val_loss", "val_mae", "val_mse"]
    assert all(type(v) is float for values in history.history.values() for v in values)
    assert history.epoch == [0, 1, 2]
    assert net.history is history
    assert history.params == {"verbose": 0, "epochs": 3, "steps": 1}


def test_loss_is_the_mean_over_samples_not_over_batches():
    net = model(optimizer="sgd")
    net.optimizer.learning_rate = 0.0
    history = net.fit(X[:33], Y[:33], epochs=1, verbose=0, batch_size=32)
    expected = float(((net.predict(X[:33], verbose=0)[:, 0] - Y[:33]) ** 2).mean())
    assert abs(history.history["loss"][0] - expected) < 1e-5 * expected


def test_validation_every_second_epoch():
    history = fit(model(), epochs=4, validation_data=(X, Y), validation_freq=2)
    assert len(history.history["loss"]) == 4
    assert len(history.history["val_loss"]) == 2


def test_plot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    history = fit(model(metrics=["mae"]), validation_split=0.25)
    axes = history.plot()
    assert [line.get_label() for line in axes[0].lines] == ["loss", "val_loss"]
    assert axes[1].get_ylabel() == "mae"
    _, own = pyplot.subplots()
    assert history.plot("mae", ax=own) is own
    pyplot.close("all")
