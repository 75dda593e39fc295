"""What to run, in which processes, and where the report goes."""

from __future__ import annotations

import argparse
import datetime
import json
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.harness import machine
from benchmarks.harness.contender import PEERS, Contender, ContenderError, missing, parse
from benchmarks.harness.tasks import KINDS, Task, select
from benchmarks.models import report
from benchmarks.models.compare import Comparison, compare

QUIET = 0.1  # cores in use by others, above which figures are not worth keeping


def arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.models",
        description="Times tidegate beside every peer that is installed. Each contender lives in a "
        "process of its own and stands still while another is timed; each is verified first.",
    )
    parser.add_argument("kinds", nargs="*", metavar="kind", help=f"among {', '.join(KINDS)}")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--rows", nargs="+", default=["main"], help="main, all, or names: lstm-32-100-64-128"
    )
    parser.add_argument("--peers", nargs="*", default=list(PEERS), help=f"{', '.join(PEERS)}")
    parser.add_argument(
        "--isa", nargs="*", default=[], help="tidegate once more on avx2, scalar, ..."
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--budget", type=float, default=40.0, help="ms of calls in each round")
    parser.add_argument(
        "--at-least",
        type=float,
        metavar="RATIO",
        help="exit 1 unless the fastest peer takes so many times as long as tidegate at every row",
    )
    parser.add_argument("--json", type=Path, help="report; a picture beside it as .png")
    options = parser.parse_args(words)
    unknown = set(options.kinds) - set(KINDS)
    if unknown:
        parser.error(f"unknown kind {', '.join(sorted(unknown))}: choose from {', '.join(KINDS)}")
    options.kinds = options.kinds or list(KINDS)
    return options


def plan(options: argparse.Namespace) -> list[tuple[int, str, list[Task]]]:
    """(threads, kind, tasks): steps run on one thread, fits on as many as there may be."""
    result = []
    for threads in options.threads:
        for kind in options.kinds:
            once = {"step": min(options.threads), "fit": max(options.threads)}.get(kind, threads)
            if once == threads:
                result.append((threads, kind, select(kind, options.rows)))
    return result


def start(words: list[str], threads: int, stack: ExitStack) -> list[Contender]:
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


def run(options: argparse.Namespace) -> tuple[list[Comparison], dict[str, Any]]:
    """Everything that was asked for, tables printed on the way."""
    results: list[Comparison] = []
    versions: dict[str, Any] = {}
    words = ["tidegate", *(f"tidegate-{isa}" for isa in options.isa), *options.peers]
    for threads in dict.fromkeys(t for t, _, _ in plan(options)):
        with ExitStack() as stack:
            contenders = start(words, threads, stack)
            versions |= {c.label: c.versions for c in contenders}
            for each, kind, tasks in plan(options):
                if each == threads and contenders:
                    results += section(kind, tasks, contenders, options)
    return results, versions


def section(
    kind: str, tasks: list[Task], contenders: list[Contender], options: argparse.Namespace
) -> list[Comparison]:
    """One table."""
    labels = [c.label for c in contenders]
    print("\n".join(report.header(kind, contenders[0].setting.threads, labels)), flush=True)
    results = []
    for task in tasks:
        results.append(compare(task, contenders, options.rounds, options.budget))
        print(report.line(results[-1], labels), flush=True)
    print("\n".join(report.notes(results, labels)), flush=True)
    return results


def main(words: list[str] | None = None) -> int:
    options = arguments(words)
    description = machine.describe()
    print(json.dumps(description))
    for isa in machine.isas():
        for threads in options.threads:
            print(f"limits, {isa}, {threads} thread(s): {json.dumps(machine.limits(isa, threads))}")
    if description["busy"]["others"] > QUIET:
        print(f"WARNING: others use {description['busy']['others']} cores; figures will be noise")
    begin = time.monotonic()
    results, versions = run(options)
    minutes = (time.monotonic() - begin) / 60
    print(f"\n{minutes:.1f} minutes; others used {machine.busy()['others']} cores at the end")
    if options.json is not None:
        _write(options, description, versions, results)
    if options.at_least is not None and not _demanded(results, options.at_least):
        return 1
    return 0 if any(c.timed for c in results) else 1


def _demanded(results: list[Comparison], ratio: float) -> bool:
    """Whether every tidegate has a fastest peer that is slower by `ratio` at every row."""
    kept = True
    for result in results:
        if not result.ratios:
            print(f"BROKEN: {result.task.kind} {result.task.name}: tidegate was not timed")
            kept = False
        for base in result.ratios:
            got = report.fastest_ratio(result, base)
            if got is None or got < ratio:
                where = f"{result.task.kind} {result.task.name}, {result.threads} thread(s)"
                print(f"BROKEN: {base}, {where}: {got} instead of at least {ratio}")
                kept = False
    return kept


def _write(
    options: argparse.Namespace,
    description: dict[str, Any],
    versions: dict[str, Any],
    results: list[Comparison],
) -> None:
    limits = {
        f"{isa}, {threads}": machine.limits(isa, threads)
        for isa in machine.isas()
        for threads in options.threads
    }
    content = {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "machine": description,
        "limits": limits,
        "versions": versions,
        "rounds": options.rounds,
        "rows": [c.as_json() for c in results],
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(content, indent=1) + "\n")
    print(f"wrote {options.json}")
    if find_spec("matplotlib") is None:
        print("no picture: matplotlib is not installed")
        return
    from benchmarks.models.plot import draw

    picture = options.json.with_suffix(".png")
    draw(content, picture)
    print(f"wrote {picture}")
