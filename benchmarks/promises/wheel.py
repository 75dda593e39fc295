"""The size of the wheel, of a given file or of one that is built now."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness.contender import ROOT
from benchmarks.promises.figures import Figure

MOST_MB = 3.0


def measure(wheel: Path | None = None) -> list[Figure]:
    """Builds a wheel as pip does if none is given; that takes a compiler and minutes."""
    with tempfile.TemporaryDirectory() as folder:
        if wheel is None:
            command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, "."]
            subprocess.run(command, check=True, cwd=ROOT)
            wheel = next(Path(folder).glob("*.whl"))
        size = wheel.stat().st_size / 2**20
        return [Figure(f"wheel {wheel.name}", size, "MB", MOST_MB)]
