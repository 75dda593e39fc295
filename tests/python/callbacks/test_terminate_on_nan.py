"""TerminateOnNaN."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.callbacks import TerminateOnNaN

from .common import X, Y, model


def spoiled():
    y = Y.copy()
    y[25] = np.nan
    return y


def test_stops(capsys):
    history = model().fit(
        X, spoiled(), batch_size=10, epochs=5, shuffle=False, verbose=0, callbacks=TerminateOnNaN()
    )
    assert history.epoch == [0]
    assert "Batch 2: Invalid loss, terminating training" in capsys.readouterr().out


def test_error_names_epoch_and_batch():
    with pytest.raises(RuntimeError, match=r"\[fit\] the loss is not finite in epoch 1, batch 3"):
        model().fit(
            X,
            spoiled(),
            batch_size=10,
            shuffle=False,
            verbose=0,
            callbacks=[TerminateOnNaN(raise_error=True)],
        )


def test_silent_while_all_is_well():
    history = model().fit(X, Y, epochs=2, verbose=0, callbacks=[TerminateOnNaN(raise_error=True)])
    assert history.epoch == [0, 1]
