"""What both pictures share: a colour for each library, a title for each section."""

from __future__ import annotations

from typing import Any

COLOURS = {
    "tidegate": "#0b6e99",
    "torch": "#dd5522",
    "ort": "#7a5195",
    "openvino": "#4b8f29",
    "jax": "#c99700",
    "keras": "#b3123f",
}


def colour(label: str) -> str:
    """Of a contender; one that is limited to an instruction set has its library's."""
    return COLOURS[label.partition("-")[0]]


def sections(report: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of the same kind and number of threads, with a title; only those with times."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in report["rows"]:
        plural = "thread" if row["threads"] == 1 else "threads"
        found.setdefault(f"{row['kind']}, {row['threads']} {plural}", []).append(row)
    return [(title, rows) for title, rows in found.items() if any(row["timed"] for row in rows)]


def machine_line(report: dict[str, Any]) -> str:
    """Which machine, for a title."""
    cores = report["machine"]["cores"]
    return f"{report['machine']['cpu']}, {cores} {'core' if cores == 1 else 'cores'}, float32"


def name_colours(figure: Any, labels: set[str]) -> None:
    """One legend below all panels, where it covers nothing."""
    from matplotlib.patches import Patch

    found = {label.partition("-")[0] for label in labels}
    patches = [Patch(color=c, label=name) for name, c in COLOURS.items() if name in found]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), fontsize=8)
