"""The process that one contender lives in: takes commands from a pipe, never prints.

prepare(task)   build, run and time each variant a little; results go back to be verified
keep(name)      the variant that is timed from now on
time(ms)        median milliseconds of a call, from at least `ms` of calls
pin(cpus)       run on these CPUs alone from now on
drop()          forget the task
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tidegate_bench.harness.data import make
from tidegate_bench.harness.tasks import Task

SAMPLE_NS = 200_000  # calls shorter than this are timed in bundles
WARM_NS = 10_000_000
LONG_NS = 100_000_000  # a call so long warms itself up


def _bundle(run: Callable[[], Any], calls: int) -> int:
    start = time.perf_counter_ns()
    for _ in range(calls):
        run()
    return time.perf_counter_ns() - start


def measure(run: Callable[[], Any], budget_ms: float) -> dict[str, float]:
    """Warm up, then the median over samples of the time of one call, in milliseconds."""
    taken = _bundle(run, 1)
    if taken > LONG_NS:
        return {"ms": taken / 1e6, "best": taken / 1e6, "calls": 1.0}
    calls = 1
    warm = taken
    while warm < WARM_NS:
        taken = _bundle(run, calls)
        warm += taken
        if taken < SAMPLE_NS:
            calls *= 2
    samples: list[float] = []
    spent = 0
    while spent < budget_ms * 1e6 or not samples:
        taken = _bundle(run, calls)
        spent += taken
        samples.append(taken / calls)
    samples.sort()
    middle = len(samples) // 2
    median = samples[middle] if len(samples) % 2 else sum(samples[middle - 1 : middle + 1]) / 2
    return {"ms": median / 1e6, "best": samples[0] / 1e6, "calls": float(calls * len(samples))}


class Worker:
    """One library, set to a number of threads, and at most one task."""

    def __init__(self, peer: str, threads: int) -> None:
        module = importlib.import_module(f"tidegate_bench.peers.{peer}_peer")
        self._peer = module.Peer(threads)
        self._variants: dict[str, Any] = {}
        self._run: Callable[[], Any] = lambda: None

    def versions(self) -> dict[str, str]:
        return self._peer.versions()

    def prepare(self, task: Task) -> list[dict[str, Any]]:
        self.drop()
        prepared = []
        for variant in self._peer.variants(task, make(task)):
            results = variant.check()
            # An epoch takes seconds, and there is one way to run it: no need to choose.
            quick = 0.0 if task.kind == "fit" else measure(variant.run, 5.0)["best"]
            self._variants[variant.name] = variant
            prepared.append({"name": variant.name, "results": results, "ms": quick})
        return prepared

    def keep(self, name: str) -> None:
        self._run = self._variants[name].run
        self._variants = {}
        gc.collect()
        gc.freeze()

    def time(self, budget_ms: float) -> dict[str, float]:
        gc.disable()
        try:
            return measure(self._run, budget_ms)
        finally:
            gc.enable()

    def once(self) -> dict[str, float]:
        """One call, without warming up: for work that takes seconds."""
        return {"ms": _bundle(self._run, 1) / 1e6}

    def pin(self, cpus: list[int]) -> None:
        os.sched_setaffinity(0, cpus)

    def drop(self) -> None:
        self._variants = {}
        self._run = lambda: None
        gc.unfreeze()
        gc.collect()


def main() -> None:
    peer, threads, cpus, inbox, outbox = sys.argv[1:]
    os.sched_setaffinity(0, [int(cpu) for cpu in cpus.split(",")])
    commands = Connection(int(inbox), writable=False)
    replies = Connection(int(outbox), readable=False)
    try:
        worker = Worker(peer, int(threads))
        replies.send(("ok", worker.versions()))
    except Exception as error:
        replies.send(("failed", f"{type(error).__name__}: {error}"))
        return
    while True:
        try:
            method, arguments = commands.recv()
        except EOFError:
            return
        try:
            replies.send(("ok", getattr(worker, method)(*arguments)))
        except Exception as error:
            traceback.print_exc()
            replies.send(("failed", f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main()
