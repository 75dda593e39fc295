"""Processes that stand still unless they are asked, and what is known of them."""

from __future__ import annotations

import os
import subprocess
import sys
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


def test_watch_tells_others_from_us(monkeypatch):
    class Standing:
        label, cpus, while_stopped = "torch", [1], 0.125

        def used(self):
            return seconds["torch"]

    # Everybody, the hypervisor's share, this process, its contender, the clock.
    seconds = {"all": 100.0, "stolen": 3.0, "mine": 10.0, "torch": 50.0, "now": 0.0}
    monkeypatch.setattr(
        "tidegate_bench.harness.machine.cpu_seconds", lambda: (seconds["all"], seconds["stolen"])
    )
    monkeypatch.setattr("tidegate_bench.harness.watch.os.times", lambda: [seconds["mine"]])
    monkeypatch.setattr("tidegate_bench.harness.watch.time.monotonic", lambda: seconds["now"])
    watch = Watch([Standing()])
    seconds |= {"all": 112.0, "stolen": 4.0, "mine": 11.0, "torch": 56.0, "now": 10.0}
    assert watch.report() == {
        "seconds": 10.0,
        "others": 0.5,  # 12 s in all, 1 s ours, 6 s torch's: 5 s of others in 10 s
        "stolen": 0.1,
        "cpus": {"torch": [1]},
        "awake": {"torch": 0.12},
    }


def test_watch_of_a_real_process(contender):
    watch = Watch([contender])
    contender.call("versions")
    report = watch.report()
    assert report["cpus"] == {"tidegate": contender.cpus}
    assert report["awake"] == {"tidegate": 0.0}


def test_words_for_contenders():
    assert parse("torch-avx2", 2) == Setting("torch", 2, "avx2")
    assert missing("tidegate") is None
    with pytest.raises(ValueError, match=r"Received: 'ort-avx2'"):
        parse("ort-avx2", 1)


def test_the_process_of_a_peer_never_imports_tidegate():
    code = (
        "import sys, tidegate_bench.harness.worker, tidegate_bench.peers.base;"
        "assert 'tidegate_bench.harness.data' in sys.modules;"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'tidegate']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
