"""The picture of a run: how much longer each peer takes, and how close tidegate is to the limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidegate_bench.report.style import colour, machine_line, name_colours, sections

ROW_INCHES = 0.42
FEW_TICKS = (0.02, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 500, 2000, 10_000)
MANY_TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20)


def _ratios(axes: Any, title: str, rows: list[dict[str, Any]]) -> None:
    """A dot per peer: its time over tidegate's, on a logarithmic axis."""
    for y, row in enumerate(rows):
        ratios = {
            k: v
            for k, v in row["ratios"].get("tidegate", {}).items()
            if not k.startswith("tidegate")
        }
        if ratios:
            axes.plot([1, max(ratios.values())], [y, y], color="#dddddd", zorder=1)
        for label, ratio in ratios.items():
            axes.scatter(ratio, y, color=colour(label), s=34, zorder=3)
    axes.axvline(1.0, color=colour("tidegate"), linewidth=2)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    low, high = min(low, 0.8), max(high, 2.2)
    axes.set_xlim(low, high)
    wanted = FEW_TICKS if high > 30 * low else MANY_TICKS
    ticks = [t for t in wanted if low <= t <= high]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.grid(axis="x", color="#eeeeee")
    axes.set_title(f"{title}: time of the peer / time of tidegate", loc="left", fontsize=9)
    _name_rows(axes, rows)


def _name_rows(axes: Any, rows: list[dict[str, Any]]) -> None:
    axes.set_yticks(range(len(rows)), [row["row"] for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _shares(axes: Any, rows: list[dict[str, Any]]) -> None:
    """GFLOP/s of tidegate and of the fastest peer beside the measured peak."""
    peak = 0.0
    for y, row in enumerate(rows):
        for offset, label in ((-0.18, "tidegate"), (0.18, row["fastest"])):
            entry = row["timed"].get(label)
            if entry is None:
                continue
            axes.barh(y + offset, entry["gflops"], height=0.34, color=colour(label))
            text = f" {entry['gflops']:.0f} ({entry['share']:.0%})"
            on_top = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}  # of the peak's line
            axes.text(entry["gflops"], y + offset, text, fontsize=7, va="center", bbox=on_top)
            peak = max(peak, entry["peak"])
    axes.axvline(peak, color="black", linestyle="--", linewidth=1)
    axes.set_title(f"GFLOP/s, fastest peer below; FMA peak {peak:.0f}", loc="left", fontsize=9)
    axes.set_xlim(0, peak * 1.18)
    _name_rows(axes, rows)


def _rates(axes: Any, rows: list[dict[str, Any]]) -> None:
    """What was measured, in the row's own unit, tidegate and the fastest peer."""
    fit = rows[0]["kind"] == "fit"
    for y, row in enumerate(rows):
        for offset, label in ((-0.18, "tidegate"), (0.18, row["fastest"])):
            entry = row["timed"].get(label)
            if entry is None:
                continue
            value = entry["samples_per_second"] if fit else entry["ms"] * 1e3
            axes.barh(y + offset, value, height=0.34, color=colour(label))
            text = f" {value:.0f}" if fit else f" {value:.2f}"
            axes.text(value, y + offset, text, fontsize=7, va="center")
    what = "samples per second" if fit else "microseconds"
    axes.set_title(f"{what}, fastest peer below", loc="left", fontsize=9)
    axes.margins(x=0.15)
    _name_rows(axes, rows)


def draw(report: dict[str, Any], path: Path) -> None:
    """Write the picture of a report; every section is one line of two panels."""
    from matplotlib import pyplot

    found = sections(report)
    heights = [1.1 + ROW_INCHES * len(rows) for _, rows in found]
    figure, grid = pyplot.subplots(
        len(found),
        2,
        figsize=(12, sum(heights) + 0.5),
        gridspec_kw={"height_ratios": heights},
        squeeze=False,
        layout="constrained",
    )
    for (title, rows), (left, right) in zip(found, grid):
        _ratios(left, title, rows)
        limited = any("peak" in e for row in rows for e in row["timed"].values())
        (_shares if limited else _rates)(right, rows)
    figure.suptitle(f"tidegate beside its peers, {machine_line(report)}", fontsize=11)
    name_colours(figure, {label for row in report["rows"] for label in row["timed"]})
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
