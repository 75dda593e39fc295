"""The progress bar, letter for letter."""

from __future__ import annotations

import re

import pytest

from tidegate.utils import Progbar


def plain(text):
    return re.sub(r"\x1b\[\d+m", "", text).replace("\b", "")


def test_bar(capsys):
    bar = Progbar(target=4, interval=0)
    bar.update(2, [("loss", 0.5)])
    bar.update(4, [("loss", 0.25)])
    lines = plain(capsys.readouterr().out).split("\r")[1:]
    assert re.fullmatch(r"2/4 ━{20} \d+s \d+(us|ms|s)/step - loss: 0.5000", lines[0])
    assert re.fullmatch(r"4/4 ━{20} \d+s \d+(us|ms|s)/step - loss: 0.2500\s*\n", lines[1])


def test_one_line(capsys):
    bar = Progbar(target=10, verbose=2)
    bar.update(5, [("loss", 1.0)])
    bar.update(10, [("loss", 1e-5)])
    # Keras averages what came before, weighted by steps, and shows the last value at the end.
    assert re.fullmatch(
        r"10/10 - \d+s - \d+(us|ms|s)/step - loss: 1.0000e-05\n", capsys.readouterr().out
    )


def test_unknown_target_and_averages(capsys):
    bar = Progbar(target=None, interval=0, stateful_metrics=["acc"])
    bar.update(1, [("loss", 1.0), ("acc", 0.25)])
    bar.add(1, [("loss", 3.0), ("acc", 0.5)])
    last = plain(capsys.readouterr().out).split("\r")[-1]
    assert last.startswith("      2/Unknown")
    assert "loss: 2.0000 - acc: 0.5000" in last


def test_silence_and_both_kinds(capsys):
    Progbar(target=1, verbose=0).update(1, [("loss", 1.0)])
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError, match="only one of stateful_metrics"):
        Progbar(1, stateful_metrics=["a"], stateless_metrics=["b"])


def test_screens_without_the_bar_character(monkeypatch):
    class Ascii:
        text = ""

        def write(self, text):
            text.encode("ascii")
            self.text += text

        def flush(self):
            pass

    screen = Ascii()
    monkeypatch.setattr("sys.stdout", screen)
    Progbar(target=1).update(1)
    assert "-" * 20 in screen.text
