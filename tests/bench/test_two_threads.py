"""One thread and two meet the same CPUs."""

from __future__ import annotations

import pytest

from tidegate_bench.harness.tasks import parse
from tidegate_bench.promises import two_threads


class Recorder:
    """A contender that notes where it is timed."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._cpus: list[int] = []
        self.timed_on: list[list[int]] = []

    def call(self, method, *arguments):
        if method == "pin":
            (self._cpus,) = arguments
        if method == "time":
            self.timed_on.append(self._cpus)
        return {"prepare": [{"name": "layer"}], "time": {"ms": 1.0}}.get(method)

    def busy_threads(self, method, *arguments):
        return list(range(self._threads))


@pytest.fixture
def four_cpus(monkeypatch):
    monkeypatch.setattr(two_threads.os, "sched_getaffinity", lambda pid: {4, 5, 6, 7})


def test_rows_on_one_thread_share_the_cpu_of_each_round(four_cpus):
    pair = [Recorder(1), Recorder(1)]
    assert two_threads._ratio(parse("inference", "lstm-1-1-1-1"), pair) == 1.0
    assert pair[0].timed_on == pair[1].timed_on
    assert pair[0].timed_on[:5] == [[4], [5], [6], [7], [4]]


def test_a_team_has_all_cpus_and_one_thread_each_in_turn(four_cpus):
    pair = [Recorder(1), Recorder(2)]
    two_threads._ratio(parse("inference", "lstm-32-100-64-128"), pair)
    assert pair[0].timed_on[:5] == [[4], [5], [6], [7], [4]]
    assert all(cpus == [4, 5, 6, 7] for cpus in pair[1].timed_on)
