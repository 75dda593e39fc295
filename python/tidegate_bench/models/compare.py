"""One task: every contender is prepared, verified against the oracle, then timed in turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from tidegate_bench.harness import machine, oracle, rounds
from tidegate_bench.harness.contender import Contender, ContenderError
from tidegate_bench.harness.data import EXAMPLES
from tidegate_bench.harness.tasks import Task

FIT_ROUNDS = 3


@dataclass
class Comparison:
    """What came out of one task on a number of threads.

    Attributes:
        timed: by contender: ms, spread, rounds, variant, error, and gflops and share of the limit.
        ratios: by base (each tidegate), by peer: time of the peer over time of the base.
        fastest: the fastest peer, None if there is none.
        refused: contenders that were not timed, and why.
        again: rounds that were measured again.
    """

    task: Task
    threads: int
    timed: dict[str, dict[str, Any]] = field(default_factory=dict)
    ratios: dict[str, dict[str, float]] = field(default_factory=dict)
    fastest: str | None = None
    refused: dict[str, str] = field(default_factory=dict)
    again: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"row": self.task.name, "kind": self.task.kind}


def _verified(task: Task, contender: Contender, refused: dict[str, str]) -> dict[str, Any] | None:
    """The fastest variant that computes what the oracle computes."""
    good = []
    for variant in contender.call("prepare", task):
        try:
            error = oracle.error(task, variant["results"])
        except ValueError as shape:
            refused[contender.label] = f"{variant['name']}: {shape}"
            continue
        if error > oracle.TOLERANCE:
            refused[contender.label] = (
                f"{variant['name']} computes something else: error {error:.1e}, "
                f"at most {oracle.TOLERANCE:.0e}"
            )
            continue
        good.append({"variant": variant["name"], "error": error, "quick": variant["ms"]})
    if not good:
        refused.setdefault(contender.label, "does not offer it")
        return None
    best = min(good, key=lambda entry: entry["quick"])
    contender.call("keep", best["variant"])
    return {"variant": best["variant"], "error": best["error"]}


def _timer(task: Task, contender: Contender, budget_ms: float) -> Callable[[], float]:
    if task.kind == "fit":
        return lambda: contender.call("once")["ms"]
    return lambda: contender.call("time", budget_ms)["ms"]


def _limits(task: Task, label: str, threads: int, ms: float) -> dict[str, Any]:
    """GFLOP/s, share of the FMA peak; at one row also how fast U was streamed, of what."""
    if task.kind in ("step", "fit") or not machine.limited_isas():
        return {}
    forced = label.partition("-")[2]
    isa = forced if forced in machine.limited_isas() else machine.limited_isas()[0]
    limit = machine.limits(isa, threads)
    gflops = task.flop / ms / 1e6
    result = {"gflops": gflops, "share": gflops / limit["gflops"], "peak": limit["gflops"]}
    if task.batch == 1 and task.kind == "inference":
        level = machine.level_of(task.recurrent_bytes // threads)
        stream = task.recurrent_bytes * task.steps / ms / 1e6
        share = stream / limit["read_gbs"][level]
        result |= {"stream_gbs": stream, "level": level, "stream_share": share}
    return result


def compare(task: Task, contenders: list[Contender], turns: int, budget_ms: float) -> Comparison:
    """Verify, then time. The first contender that is timed is the base of the ratios."""
    result = Comparison(task, contenders[0].setting.threads)
    ready: dict[str, Contender] = {}
    for contender in contenders:
        try:
            chosen = _verified(task, contender, result.refused)
        except ContenderError as error:
            result.refused[contender.label] = str(error)
            continue
        if chosen is not None:
            result.timed[contender.label] = chosen
            ready[contender.label] = contender
    if not ready:
        return result
    timers = {label: _timer(task, c, budget_ms) for label, c in ready.items()}
    if task.kind == "fit":
        for timer in timers.values():
            timer()  # the first epoch builds, traces, grows pools
        turns = min(turns, FIT_ROUNDS)
    times = rounds.measure(timers, next(iter(ready)), turns)
    _summarise(result, times)
    for contender in ready.values():
        contender.call("drop")
    return result


def _summarise(result: Comparison, times: rounds.Times) -> None:
    result.again = times.again
    labels = list(result.timed)
    for label in labels:
        ms = times.median(label)
        measured = {"ms": ms, "spread": times.spread(label), "rounds": times.of(label)}
        result.timed[label] |= measured | _limits(result.task, label, result.threads, ms)
        if result.task.kind == "fit":
            result.timed[label]["samples_per_second"] = EXAMPLES / ms * 1e3
    peers = [label for label in labels if not label.startswith("tidegate")]
    result.fastest = times.fastest(peers)
    for base in labels:
        if base.startswith("tidegate"):
            others = [label for label in labels if label != base]
            result.ratios[base] = {label: times.ratio(label, base) for label in others}
