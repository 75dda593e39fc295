"""The bar of fit, evaluate and predict."""

from __future__ import annotations

import re

from .common import X, Y, model


def plain(text):
    return re.sub(r"\x1b\[\d+m|\x08", "", text)


def test_bar_of_fit(capsys):
    model(metrics=["mae"]).fit(X, Y, epochs=2, batch_size=10, validation_split=0.5)
    text = plain(capsys.readouterr().out)
    assert text.startswith("Epoch 1/2\n")
    last = text.split("\r")[-1]
    pattern = (
        r"2/2 ━{20} 0s \d+(us|ms)/step - loss: \S+ - mae: \S+ - val_loss: \S+ - val_mae: \S+\s*"
    )
    assert re.fullmatch(pattern, last)


def test_line_of_fit(capsys):
    model().fit(X, Y, epochs=1, verbose=2)
    assert re.fullmatch(r"2/2 - 0s - \d+(us|ms)/step - loss: \S+\n", capsys.readouterr().out)


def test_silence_and_predict(capsys):
    net = model()
    net.fit(X, Y, verbose=0)
    net.evaluate(X, Y, verbose=0)
    net.predict(X, verbose=0)
    assert capsys.readouterr().out == ""
    net.predict(X)
    assert "2/2" in capsys.readouterr().out
    net.evaluate(X, Y)
    assert re.search(r"2/2 .* - loss: ", plain(capsys.readouterr().out))
