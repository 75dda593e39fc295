"""Tables: one line per row as soon as it is measured, a summary at the end of each section."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tidegate_bench.models.compare import Comparison

UNITS = {"step": ("microseconds", 1e3), "inference": ("ms", 1.0), "training": ("ms", 1.0)}


def _is_ours(label: str) -> bool:
    return label.startswith("tidegate")


def _figure(result: Comparison, label: str) -> str:
    entry = result.timed[label]
    if result.task.kind == "fit":
        return f"{entry['samples_per_second']:.0f}"
    value = entry["ms"] * UNITS[result.task.kind][1]
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def _cell(result: Comparison, label: str, base: str) -> str:
    if label not in result.timed:
        return "-"
    entry, text = result.timed[label], _figure(result, label)
    if not _is_ours(label):
        ratio = result.ratios.get(base, {}).get(label)
        return text if ratio is None else f"{text} ({ratio:.2f}x)"
    if "stream_share" in entry:
        share = f"{entry['stream_share']:.0%} of {entry['level']}"
        return f"{text} ({entry['gflops']:.0f}, {entry['share']:.0%}; {share})"
    if "gflops" in entry:
        return f"{text} ({entry['gflops']:.0f}, {entry['share']:.0%})"
    return text


def _against_fastest(result: Comparison, base: str) -> str:
    ratio = fastest_ratio(result, base)
    return "-" if ratio is None else f"{ratio:.2f}"


def fastest_ratio(result: Comparison, base: str) -> float | None:
    """Time of the fastest peer over ours; above 1 we are faster."""
    if result.fastest is None or base not in result.ratios:
        return None
    return result.ratios[base][result.fastest]


def header(kind: str, threads: int, labels: Sequence[str]) -> list[str]:
    """Title and head of a Markdown table."""
    ours = [label for label in labels if _is_ours(label)]
    what = "samples per second in `fit`" if kind == "fit" else UNITS[kind][0]
    plural = "thread" if threads == 1 else "threads"
    title = f"{kind}, {threads} {plural}: {what}"
    if kind in ("inference", "training"):
        title += "; tidegate also in GFLOP/s and share of the FMA peak of its instruction set"
    if ours:
        title += f"; in brackets time over {ours[0]}'s"
    columns = ["row", *labels, *(f"fastest peer / {label}" for label in ours)]
    rule = "|".join(["---"] * len(columns))
    return ["", title, "", "| " + " | ".join(columns) + " |", f"|{rule}|"]


def line(result: Comparison, labels: Sequence[str]) -> str:
    """One row of the table."""
    ours = [label for label in labels if _is_ours(label)]
    base = ours[0] if ours else ""
    cells = [result.task.name, *(_cell(result, label, base) for label in labels)]
    cells += [_against_fastest(result, label) for label in ours]
    return "| " + " | ".join(cells) + " |"


def notes(results: Sequence[Comparison], labels: Sequence[str]) -> list[str]:
    """Geometric means, worst rows, how well rounds and results agreed, who was not timed."""
    lines = [""]
    for label in labels:
        ratios = [r for r in (fastest_ratio(c, label) for c in results) if r is not None]
        if _is_ours(label) and ratios:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            lines.append(
                f"{label}: fastest peer takes {mean:.2f} times as long (geometric mean of "
                f"{len(ratios)} rows; least {min(ratios):.2f})"
            )
    for peer in labels:
        ratios = [c.ratios[labels[0]][peer] for c in results if peer in c.ratios.get(labels[0], {})]
        if not _is_ours(peer) and ratios:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            lines.append(f"  {peer}: {mean:.2f} times {labels[0]}'s time over {len(ratios)} rows")
    entries = [entry for c in results for entry in c.timed.values()]
    if entries:
        spread = max(entry["spread"] for entry in entries)
        error = max(entry["error"] for entry in entries)
        again = sum(c.again for c in results)
        lines.append(
            f"widest spread (quartiles over median) {spread:.0%}; {again} rounds measured again; "
            f"largest error of any contender {error:.1e}"
        )
    reasons = {(who, why) for c in results for who, why in c.refused.items()}
    lines += [f"not timed: {who}: {why}" for who, why in sorted(reasons)]
    return lines


def below(results: Sequence[Comparison], ratio: float) -> list[str]:
    """A line for each row where some tidegate has no fastest peer that is slower by `ratio`."""
    lines = []
    for result in results:
        where = f"{result.task.kind} {result.task.name}, {result.threads} thread(s)"
        if not result.ratios:
            lines.append(f"BROKEN: {where}: tidegate was not timed")
        for base in result.ratios:
            got = fastest_ratio(result, base)
            if got is None or got < ratio:
                lines.append(f"BROKEN: {base}, {where}: {got} instead of at least {ratio}")
    return lines
