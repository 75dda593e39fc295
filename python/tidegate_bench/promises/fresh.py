"""Starting from nothing: import, build, first prediction; each time in a new process."""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import Any

from tidegate_bench.promises.figures import Figure

ROUNDS = 15
IMPORT_MS, FIRST_SECONDS = 60.0, 0.5

CLOCK = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
FIRST = """
import numpy
from tidegate.models import Sequential
from tidegate.layers import LSTM, Dense, Embedding
model = Sequential([Embedding(5000, 64), LSTM(128), Dense(1, activation='sigmoid')])
model.predict(numpy.ones((32, 40), 'int32'), verbose=0)
"""


def _seconds(statement: str) -> float:
    code = CLOCK.format(statement)
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(answer.stdout.split()[-1])


def measure(_: Any = None) -> list[Figure]:
    """Medians; NumPy alone and tidegate take turns, so that a busy moment hits both."""
    first = f"exec({FIRST!r})"
    statements = ("import numpy", "import numpy, tidegate", first)
    samples: dict[str, list[float]] = {statement: [] for statement in statements}
    for statement in statements:
        _seconds(statement)  # files come from the disk once
    for _ in range(ROUNDS):
        for statement in statements:
            samples[statement].append(_seconds(statement))
    numpy, both, build = (statistics.median(samples[s]) for s in statements)
    above = statistics.median(
        b - a for a, b in zip(samples[statements[0]], samples[statements[1]], strict=True)
    )
    return [
        Figure("import numpy", numpy * 1e3, "ms"),
        Figure("import tidegate, numpy included", both * 1e3, "ms"),
        Figure("import tidegate above numpy", above * 1e3, "ms", IMPORT_MS),
        Figure("import, build, first predict of the LSTM model", build, "s", FIRST_SECONDS),
    ]
