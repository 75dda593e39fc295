"""A second thread must never cost time, from the smallest model on."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from benchmarks.harness import rounds
from benchmarks.harness.contender import Contender, Setting
from benchmarks.harness.tasks import Task, parse
from benchmarks.promises.figures import Figure

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


def _pair(stack: ExitStack) -> dict[str, Contender]:
    """One process on one thread, one on two; both may use all CPUs."""
    result = {}
    for threads in (1, 2):
        contender = stack.enter_context(Contender(Setting("tidegate", threads), pin=False))
        result[str(threads)] = contender
    return result


def _ratio(task: Task, pair: dict[str, Contender]) -> float:
    for contender in pair.values():
        (variant,) = contender.call("prepare", task)
        contender.call("keep", variant["name"])
    timers = {
        name: lambda c=contender: c.call("time", BUDGET_MS)["ms"]
        for name, contender in pair.items()
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
