"""The size of the wheel, of a given file or of one that is built now."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tidegate_bench.promises.figures import Figure

MOST_MB = 3.0
CLONE = Path(__file__).resolve().parents[3]


def measure(wheel: Path | None = None) -> list[Figure]:
    """Builds a wheel as pip does if none is given; that takes a clone, a compiler and minutes."""
    if wheel is not None:
        return [_size(wheel)]
    if not (CLONE / "pyproject.toml").is_file():
        print("wheel: not measured, there is no clone to build it from; name one with --wheel")
        return []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, "."]
        subprocess.run(command, check=True, cwd=CLONE)
        return [_size(next(Path(folder).glob("*.whl")))]


def _size(wheel: Path) -> Figure:
    return Figure(f"wheel {wheel.name}", wheel.stat().st_size / 2**20, "MB", MOST_MB)
