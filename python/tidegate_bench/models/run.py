"""Which tasks, in which processes, and the table of each section as it is measured."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from tidegate_bench.harness.contender import Contender, ContenderError, missing, parse
from tidegate_bench.harness.tasks import Task, select
from tidegate_bench.harness.watch import Watch
from tidegate_bench.models.compare import Comparison, compare
from tidegate_bench.report import tables


@dataclass
class Wanted:
    """What to compare.

    Attributes:
        kinds: of inference, training, step, fit.
        words: contenders, tidegate first.
        rounds, budget: how often each is timed, and for how many milliseconds.
    """

    kinds: list[str]
    threads: list[int]
    rows: list[str]
    words: list[str]
    rounds: int
    budget: float

    def plan(self) -> list[tuple[int, str, list[Task]]]:
        """(threads, kind, tasks): steps run on one thread, fits on as many as there may be."""
        once = {"step": min(self.threads), "fit": max(self.threads)}
        return [
            (threads, kind, select(kind, self.rows))
            for threads in self.threads
            for kind in self.kinds
            if once.get(kind, threads) == threads
        ]

    def check(self) -> None:
        """ValueError for a row or a contender that there is not, before anything is timed."""
        self.plan()
        for word in self.words:
            parse(word, 1)


@dataclass
class Run:
    """What came out: the rows, and what is known of the contenders and of their surroundings."""

    rows: list[Comparison] = field(default_factory=list)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    watches: list[dict[str, Any]] = field(default_factory=list)


def run(wanted: Wanted) -> Run:
    """Everything that was asked for, tables printed on the way."""
    result = Run()
    for threads in dict.fromkeys(t for t, _, _ in wanted.plan()):
        with ExitStack() as stack:
            contenders = _start(wanted.words, threads, stack)
            result.versions |= {c.label: c.versions for c in contenders}
            watch = Watch(contenders)
            for each, kind, tasks in wanted.plan():
                if each == threads and contenders:
                    result.rows += _section(kind, tasks, contenders, wanted)
            result.watches.append({"threads": threads, **watch.report()})
    return result


def _start(words: list[str], threads: int, stack: ExitStack) -> list[Contender]:
    """A process for each library that is installed; the others are named."""
    running = []
    for word in words:
        setting = parse(word, threads)
        absent = missing(setting.peer)
        if absent is not None:
            print(f"{word}: {absent} is not installed")
            continue
        try:
            contender = stack.enter_context(Contender(setting))
        except ContenderError as error:
            print(f"{word}: {error}")
            continue
        versions = ", ".join(f"{name} {v}" for name, v in contender.versions.items())
        print(f"{word}: {versions}, {threads} thread(s)", flush=True)
        running.append(contender)
    return running


def _section(
    kind: str, tasks: list[Task], contenders: list[Contender], wanted: Wanted
) -> list[Comparison]:
    """One table."""
    labels = [c.label for c in contenders]
    print("\n".join(tables.header(kind, contenders[0].setting.threads, labels)), flush=True)
    results = []
    for task in tasks:
        results.append(compare(task, contenders, wanted.rounds, wanted.budget))
        print(tables.line(results[-1], labels), flush=True)
    print("\n".join(tables.notes(results, labels)), flush=True)
    return results
