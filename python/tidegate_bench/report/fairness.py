"""How fair it was: who took part, who was paused, who else ran, how times and results agree."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from tidegate_bench.harness.oracle import TOLERANCE

Report = dict[str, Any]
BUSY = 0.1  # cores in use by others, above which figures are not worth keeping


def lines(report: Report) -> list[str]:
    """The closing section of a run, one fact a line."""
    return [
        "",
        "how fair it was",
        *_who(report),
        *_agreement(report),
        *_pauses(report),
        *_others(report),
        *_spread(report),
        *_left_out(report),
    ]


def _entries(report: Report) -> Iterator[tuple[Report, str, Report]]:
    for row in report["rows"]:
        for label, entry in row["timed"].items():
            yield row, label, entry


def _name(row: Report) -> str:
    return f"{row['kind']} {row['row']}, {row['threads']} thread(s)"


def _who(report: Report) -> Iterator[str]:
    for label, versions in report["versions"].items():
        where = "; ".join(
            f"{watch['threads']} thread(s) on CPU {', '.join(map(str, watch['cpus'][label]))}"
            for watch in report["watches"]
            if label in watch["cpus"]
        )
        text = ", ".join(f"{name} {version}" for name, version in versions.items())
        yield f"  {label}: {text}; {where}"


def _agreement(report: Report) -> Iterator[str]:
    errors = [(entry["error"], label, row) for row, label, entry in _entries(report)]
    if errors:
        error, label, row = max(errors, key=lambda e: e[0])
        yield (
            f"  results: {len(errors)} verified against float64 NumPy before they were timed; "
            f"largest error {error:.1e} ({label}, {_name(row)}), at most {TOLERANCE:.0e}"
        )


def _pauses(report: Report) -> Iterator[str]:
    for watch in report["watches"]:
        awake = watch["awake"]
        yield (
            f"  paused, {watch['threads']} thread(s): all but the one that was timed, by SIGSTOP; "
            f"in {watch['seconds']:.0f} s the {len(awake)} contenders together used "
            f"{sum(awake.values()):.2f} s of CPU while they should have stood still"
        )


def _others(report: Report) -> Iterator[str]:
    before = report["machine"]["busy"]["others"]
    for watch in report["watches"]:
        yield (
            f"  others, {watch['threads']} thread(s): {watch['others']:.2f} cores on average "
            f"({before:.2f} before the start), {watch['stolen']:.2f} taken by the hypervisor"
            + (": TOO BUSY, these figures are noise" if watch["others"] > BUSY else "")
        )


def _spread(report: Report) -> Iterator[str]:
    spreads = [(entry["spread"], label, row) for row, label, entry in _entries(report)]
    if spreads:
        widest, label, row = max(spreads, key=lambda s: s[0])
        again = sum(row["again"] for row in report["rows"])
        yield (
            f"  rounds: at most {report['rounds']} a row, {again} measured once more; spread "
            f"(quartiles over median) {statistics.median(s[0] for s in spreads):.1%} in the "
            f"median, widest {widest:.0%} ({label}, {_name(row)})"
        )


def _left_out(report: Report) -> Iterator[str]:
    reasons: dict[str, int] = {}
    for row in report["rows"]:
        for label, why in row["refused"].items():
            reasons[f"{label}: {why}"] = reasons.get(f"{label}: {why}", 0) + 1
    for reason, rows in sorted(reasons.items()):
        yield f"  not timed at {rows} of {len(report['rows'])} rows: {reason}"
