"""Processes that stand still unless they are asked, and what is known of them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tidegate_bench.harness.contender import (
    Contender,
    ContenderError,
    Setting,
    cpu_seconds,
    missing,
    parse,
)
from tidegate_bench.harness.tasks import parse as parse_row
from tidegate_bench.harness.watch import Watch


@pytest.fixture(scope="module")
def contender():
    with Contender(Setting("tidegate", 1)) as running:
        yield running


def _burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_it_stands_still_between_calls(contender):
    contender.call("prepare", parse_row("inference", "lstm-1-4-3-5"))
    status = Path(f"/proc/{contender._process.pid}/stat").read_text()
    assert status.rpartition(")")[2].split()[0] == "T"
    before = contender.used()
    time.sleep(0.1)
    assert contender.used() == before
    contender.call("versions")
    assert contender.while_stopped == 0.0


def test_who_wakes_unasked_is_seen():
    with Contender(Setting("tidegate", 1)) as running:
        task = parse_row("inference", "lstm-1-4-3-5")
        (variant,) = running.call("prepare", task)
        running.call("keep", variant["name"])
        running._stop = lambda: setattr(running, "_stopped_at", 0.0)  # as if it had never run
        running.call("versions")
        running.call("time", 5.0)
        assert running.while_stopped > 0


def test_results_come_back_and_errors_are_its_own(contender):
    (variant,) = contender.call("prepare", parse_row("step", "gru-8"))
    assert variant["results"]["y"].shape == (8, 1, 8)
    with pytest.raises(ContenderError, match="KeyError"):
        contender.call("keep", "no such variant")


def test_busy_threads_are_those_that_work(contender):
    (variant,) = contender.call("prepare", parse_row("inference", "lstm-8-20-16-16"))
    contender.call("keep", variant["name"])
    assert contender.busy_threads("time", 5.0) == [contender._process.pid]


def test_pinned_where_it_was_told(contender):
    cpus = sorted(os.sched_getaffinity(0))
    contender.call("pin", cpus[:1])
    assert os.sched_getaffinity(contender._process.pid) == {cpus[0]}
    contender.call("pin", contender.cpus)


def test_cpu_seconds_of_a_process():
    before = cpu_seconds(os.getpid())
    _burn(0.1)
    assert 0.05 <= cpu_seconds(os.getpid()) - before <= 1.0
    assert cpu_seconds(2**22 + 1) == 0.0  # above the largest pid


def test_watch_counts_the_work_of_nobody_else_as_ours(contender):
    watch = Watch([contender])
    _burn(0.2)
    contender.call("versions")
    report = watch.report()
    assert report["seconds"] >= 0.2
    assert 0.0 <= report["others"] <= os.cpu_count()
    assert report["cpus"] == {"tidegate": contender.cpus}
    assert report["awake"] == {"tidegate": 0.0}


def test_words_for_contenders():
    assert parse("torch-avx2", 2) == Setting("torch", 2, "avx2")
    assert missing("tidegate") is None
    with pytest.raises(ValueError, match=r"Received: 'ort-avx2'"):
        parse("ort-avx2", 1)
