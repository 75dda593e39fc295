"""`tidegate bench` from the words of the command line to its files, with tidegate alone."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec

import pytest

from tidegate_bench import cli
from tidegate_bench.harness import machine
from tidegate_bench.promises import run as promises
from tidegate_bench.promises.figures import Figure

SMALL = ["--rounds", "2", "--budget", "1", "--threads", "1", "--peers"]


def test_defaults_run_it_all():
    options = cli.arguments([])
    assert options.parts == ["inference", "training", "step", "fit", "promises"]
    assert (options.rows, options.rounds, options.budget) == (["main"], 15, 40.0)
    assert options.threads == sorted({1, len(os.sched_getaffinity(0))})
    assert options.promises == list(promises.MEASURES)


def test_quick_is_less_and_gives_way_to_what_is_said():
    options = cli.arguments(["--quick", "--rounds", "7"])
    assert (options.rows, options.rounds, options.budget) == (["quick"], 7, 15.0)
    assert options.promises == list(promises.QUICK)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["speed"], "unknown speed: choose from inference, training, step, fit, promises"),
        (["--promises", "peace"], "unknown peace: choose from fresh"),
        (["step", "--rows", "lstm-1-2-3-4"], "[bench] a row of step is a cell among"),
        (["step", "--peers", "theano"], "[bench] a contender must be one of tidegate, torch"),
    ],
)
def test_unknown_words_are_named(words, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.arguments(words)
    assert said in capsys.readouterr().err


@pytest.fixture
def no_limits(monkeypatch):
    """As on a machine without a compiler; saves the time to measure the limits, too."""
    monkeypatch.setattr(machine, "compiler", lambda: None)


def test_a_run_writes_its_report_and_says_how_fair_it_was(tmp_path, capsys, no_limits):
    path = tmp_path / "made" / "report.json"
    words = ["inference", "--rows", "lstm-2-5-4-6", "--json", str(path), *SMALL]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert "no C++ compiler found: times and ratios" in said
    assert "| lstm-2-5-4-6 | " in said
    assert "1 verified against float64 NumPy" in said
    assert "1 contenders together used 0.00 s of CPU while they should have stood still" in said
    report = json.loads(path.read_text())
    (row,) = report["rows"]
    assert row["row"] == "lstm-2-5-4-6"
    assert len(row["timed"]["tidegate"]["rounds"]) == 2
    assert row["timed"]["tidegate"]["error"] < 1e-5
    assert report["watches"][0]["threads"] == 1
    assert path.with_suffix(".png").is_file() == bool(find_spec("matplotlib"))


def test_a_demand_that_nobody_can_meet_is_named(tmp_path, capsys, monkeypatch):
    def measured(isa, threads):
        raise AssertionError("a step is not compared with the limits: they cost seconds")

    monkeypatch.setattr(machine, "limits", measured)
    path = str(tmp_path / "report.json")
    words = ["step", "--rows", "gru-4", "--at-least", "1", "--json", path, *SMALL]
    assert cli.main(words) == 1
    assert "BROKEN: tidegate, step gru-4, 1 thread(s): None" in capsys.readouterr().out


@pytest.mark.parametrize(("value", "status"), [(0.5, 0), (1.5, 1)])
def test_a_broken_promise_is_status_1(value, status, tmp_path, monkeypatch, no_limits):
    figure = Figure("a ratio", value, "times", 1.0)
    monkeypatch.setitem(promises.MEASURES, "fresh", lambda _: [figure])
    path = tmp_path / "report.json"
    words = ["promises", "--promises", "fresh", "--json", str(path), *SMALL]
    assert cli.main(words) == status
    (kept,) = json.loads(path.read_text())["promises"]
    assert (kept["what"], kept["value"], kept["kept"]) == ("a ratio", value, status == 0)


def test_nothing_to_time_is_status_1(tmp_path, monkeypatch, no_limits):
    monkeypatch.setattr("tidegate_bench.models.run.missing", lambda peer: peer)
    words = ["step", "--rows", "gru-4", "--json", str(tmp_path / "r.json"), *SMALL]
    assert cli.main(words) == 1
