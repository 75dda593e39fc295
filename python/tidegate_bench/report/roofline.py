"""The roofline: GFLOP/s of everybody against the arithmetic intensity of the row.

Both axes are logarithmic. The roof is measured: reads from each cache level and from memory rise
with the intensity until the multiply-adds of the widest instruction set limit all. A row's
intensity is its FLOP over the bytes that have to move whoever computes (`Task.least_bytes`), so all
contenders of a row stand in one column.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

from tidegate_bench.harness.tasks import Task
from tidegate_bench.report.style import colour, machine_line, name_colours, sections

LEFT, RIGHT = 0.2, 100.0  # FLOP per byte that are always shown: the elbows of every roof
APART = math.log(1.09)  # of two columns: a marker's width
NAMES_APART = 0.032  # of the panel's width
LEVELS = ("L1", "L2", "L3", "memory")


class Panel(NamedTuple):
    """A section: its rows by rising intensity, the roof of its number of threads."""

    title: str
    rows: list[dict[str, Any]]
    peak: float
    reads: dict[str, float]


def panels(report: dict[str, Any]) -> list[Panel]:
    """Inference and training where the machine's limits are known."""
    found = []
    for title, rows in sections(report):
        measured = [row for row in rows if any("gflops" in e for e in row["timed"].values())]
        limits = [
            limit
            for name, limit in report["limits"].items()
            if int(name.partition(", ")[2]) == rows[0]["threads"]
        ]
        if measured and limits:
            # What some instruction set reads, the machine can read.
            reads = {
                level: max(limit["read_gbs"][level] for limit in limits)
                for level in LEVELS
                if level in limits[0]["read_gbs"]
            }
            measured.sort(key=intensity)
            peak = max(limit["gflops"] for limit in limits)
            found.append(Panel(title, measured, peak, reads))
    return found


def intensity(row: dict[str, Any]) -> float:
    """FLOP per byte of a row of a report."""
    return Task(**row["task"]).intensity


def columns(values: list[float], apart: float = APART) -> list[float]:
    """Rising positions with at least `apart` between their logarithms, moved as little as needed.

    >>> [round(x, 2) for x in columns([1.0, 1.0, 50.0], apart=math.log(4))]
    [0.5, 2.0, 50.0]
    """
    groups: list[list[float]] = []
    for value in map(math.log, values):
        groups.append([value])
        while len(groups) > 1 and _first(groups[-1], apart) - _last(groups[-2], apart) < apart:
            last = groups.pop()
            groups[-1] += last
    return [
        math.exp(_first(group, apart) + k * apart) for group in groups for k in range(len(group))
    ]


def _first(group: list[float], apart: float) -> float:
    return sum(group) / len(group) - apart * (len(group) - 1) / 2


def _last(group: list[float], apart: float) -> float:
    return _first(group, apart) + apart * (len(group) - 1)


def _roof(axes: Any, panel: Panel, low: float, high: float) -> None:
    axes.plot([LEFT, high], [panel.peak] * 2, color="black", linewidth=1)
    text = f"FMA peak {panel.peak:.0f} GFLOP/s"
    axes.annotate(text, (high, panel.peak), (-3, 3), textcoords="offset points", fontsize=7,
                  ha="right")  # fmt: skip
    for level, gbs in panel.reads.items():
        elbow = panel.peak / gbs
        axes.plot([LEFT, elbow], [gbs * LEFT, panel.peak], color="#777777", linewidth=0.8)
        start = max(LEFT, low / gbs) * 1.15
        if start * 2 < elbow:
            axes.text(
                start, start * gbs, f"{level} {gbs:.0f} GB/s", fontsize=6.5,
                color="#555555", rotation=math.degrees(math.atan(gbs)), rotation_mode="anchor",
                transform_rotates_text=True, va="bottom",
            )  # fmt: skip


def _names(axes: Any, names: list[str], places: list[float]) -> None:
    """Upright above the panel, each with a line to its column."""
    low, high = axes.get_xlim()
    for name, x, above in zip(names, places, columns(places, NAMES_APART * math.log(high / low))):
        axes.annotate(
            name, (x, 1.0), (above, 1.09), xycoords=axes.get_xaxis_transform(),
            textcoords=axes.get_xaxis_transform(), rotation=90, fontsize=7, ha="center",
            va="bottom", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkA": 0,
                        "shrinkB": 0, "relpos": (0.5, 0.0)},
        )  # fmt: skip
        axes.axvline(x, color="#eeeeee", linewidth=0.8, zorder=0)


def _ticks(axis: Any) -> None:
    low, high = axis.get_view_interval()
    values = [digit * 10.0**power for power in range(-1, 5) for digit in (1, 2, 5)]
    shown = [value for value in values if low <= value <= high]
    axis.set_ticks(shown, [f"{value:g}" for value in shown], fontsize=8)
    axis.set_ticks([], minor=True)


def _panel(axes: Any, panel: Panel) -> None:
    timed = [e["gflops"] for row in panel.rows for e in row["timed"].values() if "gflops" in e]
    places = columns([intensity(row) for row in panel.rows])
    low, high = min(timed) / 1.5, max(RIGHT, places[-1] * 1.5)
    axes.set(xscale="log", yscale="log", xlim=(LEFT, high), ylim=(low, panel.peak * 1.4))
    _roof(axes, panel, low, high)
    for row, x in zip(panel.rows, places):
        for label, entry in row["timed"].items():
            if "gflops" in entry:
                ours = label.startswith("tidegate")
                axes.scatter(x, entry["gflops"], color=colour(label), s=42 if ours else 20,
                             marker="D" if "-" in label else "o", edgecolor="white",
                             linewidth=0.5, zorder=4 if ours else 3)  # fmt: skip
    _names(axes, [row["row"] for row in panel.rows], places)
    _ticks(axes.xaxis)
    _ticks(axes.yaxis)
    axes.set_xlabel("FLOP per byte that has to move", fontsize=8)
    axes.set_ylabel("GFLOP/s", fontsize=8)
    axes.set_title(panel.title, loc="left", fontsize=10, pad=110)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def draw(report: dict[str, Any], path: Path) -> None:
    """Write the picture of a report, two panels a line."""
    from matplotlib import pyplot

    found = panels(report)
    lines = math.ceil(len(found) / 2)
    figure, grid = pyplot.subplots(
        lines, 2, figsize=(12, 5.6 * lines + 0.8), squeeze=False, layout="constrained"
    )
    for axes, panel in zip(grid.flat, found):
        _panel(axes, panel)
    for axes in grid.flat[len(found) :]:
        axes.set_visible(False)
    limited = any("-" in label for p in found for row in p.rows for label in row["timed"])
    diamonds = "; diamonds: limited to an instruction set" if limited else ""
    figure.suptitle(
        f"Below the roofline: {machine_line(report)}\n"
        f"columns that would coincide stand side by side{diamonds}",
        fontsize=11,
    )
    name_colours(figure, {label for p in found for row in p.rows for label in row["timed"]})
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
