"""The pictures of a report, beside it."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def draw(report: dict[str, Any], path: Path) -> list[Path]:
    """Draws what the report has rows for; says so and draws nothing without matplotlib."""
    if not any(row["timed"] for row in report["rows"]):
        return []
    if find_spec("matplotlib") is None:
        print("no pictures: matplotlib is not installed. Hint: pip install 'tidegate[plot]'.")
        return []
    import matplotlib

    matplotlib.use("Agg")
    from tidegate_bench.report import ratios, roofline

    drawn = [path.with_suffix(".png")]
    ratios.draw(report, drawn[0])
    if roofline.panels(report):
        drawn.append(path.with_name(f"{path.stem}-roofline.png"))
        roofline.draw(report, drawn[1])
    return drawn


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(*draw(json.loads(Path(name).read_text()), Path(name)), sep="\n")
