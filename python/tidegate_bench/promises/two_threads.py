"""A second thread must never cost time, from the smallest model on.

CPUs of one machine are at times unequally fast, so both processes meet the same ones: a row that
works on one thread under both settings is timed on the same CPU in a round, the next CPU in the
next round; where two threads work, the process on one thread takes turns on the CPUs that they use.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tidegate_bench.harness import rounds
from tidegate_bench.harness.contender import Contender, Setting
from tidegate_bench.harness.tasks import Task, parse
from tidegate_bench.promises.figures import Figure

MOST = 1.05
ROUNDS, BUDGET_MS = 15, 15.0
ROWS = (
    "lstm-1-1-1-1",
    "lstm-1-10-4-4",
    "rnn-1-20-8-8",
    "gru-1-100-16-16",
    "rnn-4-20-8-16",
    "lstm-8-20-8-8",
    "lstm-32-20-8-8",
    "gru-32-20-8-16",
    "lstm-32-20-16-32",
    "bilstm-16-40-32-32",
    "lstm-1-100-64-128",
    "lstm-32-40-64-64",
    "rnn-32-100-64-128",
    "lstm-32-100-64-128",
)


def _pair(stack: ExitStack) -> list[Contender]:
    """One process on one thread, one on two; both may use all CPUs."""
    return [
        stack.enter_context(Contender(Setting("tidegate", threads), pin=False))
        for threads in (1, 2)
    ]


def _timer(contender: Contender, moves: bool, cpus: list[int]) -> Callable[[], float]:
    """Times once; one that `moves` runs on the next CPU each time, the first time on the first."""
    taken = 0

    def time() -> float:
        nonlocal taken
        if moves:
            contender.call("pin", [cpus[taken % len(cpus)]])
        taken += 1
        return contender.call("time", BUDGET_MS)["ms"]

    return time


def _ratio(task: Task, pair: list[Contender]) -> float:
    cpus = sorted(os.sched_getaffinity(0))
    for contender in pair:
        contender.call("pin", cpus)
        (variant,) = contender.call("prepare", task)
        contender.call("keep", variant["name"])
    two_work = len(pair[1].busy_threads("time", BUDGET_MS)) > 1
    timers = {
        "1": _timer(pair[0], True, cpus),
        "2": _timer(pair[1], not two_work, cpus),
    }
    return rounds.measure(timers, "1", ROUNDS).ratio("2", "1")


def measure(_: Any = None) -> list[Figure]:
    """Time on two threads over time on one, median of pairs, for each row."""
    figures = []
    with ExitStack() as stack:
        pair = _pair(stack)
        for row in ROWS:
            for kind in ("inference", "training"):
                ratio = _ratio(parse(kind, row), pair)
                name = f"two threads over one, {kind} {row}"
                figures.append(Figure(name, ratio, "times", MOST))
    return figures
