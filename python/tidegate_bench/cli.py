"""``tidegate bench``: what to run, and where the report goes."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tidegate_bench.harness import machine
from tidegate_bench.harness.contender import PEERS
from tidegate_bench.harness.tasks import KINDS
from tidegate_bench.models.run import Run, Wanted, run
from tidegate_bench.promises import run as promises
from tidegate_bench.promises.figures import Figure
from tidegate_bench.report import fairness, pictures, tables

LIMITED = {"inference", "training"}  # parts that are compared with the machine's limits
PARTS = (*KINDS, "promises")
USUAL = {"rows": ["main"], "rounds": 15, "budget": 40.0}
QUICK = {"rows": ["quick"], "rounds": 5, "budget": 15.0}

DESCRIPTION = """\
Times tidegate beside every peer that is installed (pip install 'tidegate[bench]'). Each contender
lives in a process of its own and stands still while another is timed; each is verified first.
Prints tables and how fair it was; writes a report, the ratio to each peer and the roofline."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tidegate bench", description=DESCRIPTION)
    add = parser.add_argument
    add("parts", nargs="*", metavar="part", help=f"among {', '.join(PARTS)}; default: all")
    add("--quick", action="store_true", help="a few rows and rounds: about two minutes")
    add("--rows", nargs="+", help="main (default), all, quick, or names: lstm-32-100-64-128")
    add("--threads", type=int, nargs="+", help="default: 1, and as many as there are CPUs")
    add("--peers", nargs="*", default=list(PEERS), help=", ".join(PEERS))
    add("--isa", nargs="*", default=[], help="tidegate once more on avx2, scalar, ...")
    add("--rounds", type=int, help="each contender is timed once in a round (15; quick: 5)")
    add("--budget", type=float, help="ms of calls in each round (40; quick: 15)")
    add("--promises", nargs="+", metavar="NAME", help=f"some of {', '.join(promises.MEASURES)}")
    add("--wheel", type=Path, help="a wheel that is built already, for the promise on its size")
    add("--json", type=Path, default=Path("tidegate-bench.json"), help="report (%(default)s); "
        "pictures beside it as .png and -roofline.png")  # fmt: skip
    add("--at-least", type=float, metavar="RATIO", help="exit 1 unless the fastest peer takes so "
        "many times as long as tidegate at every row")  # fmt: skip
    return parser


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """The options, defaults filled in."""
    parser = _parser()
    options = parser.parse_args(words)
    options.parts = options.parts or list(PARTS)
    usual: dict[str, Any] = QUICK if options.quick else USUAL
    for name, value in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.threads is None:
        options.threads = sorted({1, len(os.sched_getaffinity(0))})
    if options.promises is None:
        options.promises = list(promises.QUICK if options.quick else promises.MEASURES)
    for name, known in (("parts", PARTS), ("promises", tuple(promises.MEASURES))):
        unknown = set(getattr(options, name)) - set(known)
        if unknown:
            parser.error(f"unknown {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    try:
        wanted(options).check()
    except ValueError as error:
        parser.error(str(error))
    return options


def wanted(options: argparse.Namespace) -> Wanted:
    """The comparison that the options ask for."""
    return Wanted(
        [kind for kind in KINDS if kind in options.parts],
        options.threads,
        options.rows,
        ["tidegate", *(f"tidegate-{isa}" for isa in options.isa), *options.peers],
        options.rounds,
        options.budget,
    )


def main(words: Sequence[str]) -> int:
    """Runs it all; 1 if nothing could be timed, a promise is broken or a ratio is not reached."""
    options = arguments(words)
    description = machine.describe()
    limits = _limits(options.threads) if LIMITED & set(options.parts) else {}
    _print_machine(description, limits)
    begin = time.monotonic()
    result = run(wanted(options))
    figures = []
    if "promises" in options.parts:
        figures = promises.run(options.promises, options.wheel)
    report = _report(description, limits, options.rounds, result, figures)
    if result.rows:
        print("\n".join(fairness.lines(report)))
    print(f"\n{(time.monotonic() - begin) / 60:.1f} minutes")
    _write(report, options.json)
    return 0 if _good(options, result, figures) else 1


def _limits(threads: list[int]) -> dict[str, Any]:
    return {
        f"{isa}, {n}": machine.limits(isa, n) for isa in machine.limited_isas() for n in threads
    }


def _print_machine(description: dict[str, Any], limits: dict[str, Any]) -> None:
    print(json.dumps(description))
    for name, limit in limits.items():
        print(f"limits, {name} thread(s): {json.dumps(limit)}")
    if machine.compiler() is None:
        print("no C++ compiler found: times and ratios, but no shares of the machine's limits. "
              "Hint: apt-get install g++, or set CXX.")  # fmt: skip
    if description["busy"]["others"] > fairness.BUSY:
        print(f"WARNING: others use {description['busy']['others']} cores; figures will be noise")


def _report(
    description: dict[str, Any],
    limits: dict[str, Any],
    rounds: int,
    result: Run,
    figures: list[Figure],
) -> dict[str, Any]:
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "machine": description,
        "limits": limits,
        "versions": result.versions,
        "rounds": rounds,
        "watches": result.watches,
        "rows": [row.as_json() for row in result.rows],
        "promises": [figure._asdict() | {"kept": figure.kept} for figure in figures],
    }


def _write(report: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"wrote {path}")
    for picture in pictures.draw(report, path):
        print(f"wrote {picture}")


def _good(options: argparse.Namespace, result: Run, figures: list[Figure]) -> bool:
    kept = all(figure.kept for figure in figures)
    if options.at_least is not None:
        broken = tables.below(result.rows, options.at_least)
        print("\n".join(broken), end="\n" if broken else "")
        kept = kept and not broken
    return kept and bool(figures or any(row.timed for row in result.rows))
