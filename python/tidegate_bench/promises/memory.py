"""Resident memory over many calls: what grows is a leak."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from tidegate_bench.promises.figures import Figure

GROWTH_MB = 1.0

PROGRAM = """
import os, sys
import numpy as np
from tidegate.layers import LSTM, Dense, Embedding
from tidegate.models import Sequential

def resident():
    pages = int(open('/proc/self/statm').read().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 2**20

model = Sequential([Embedding(5000, 64, mask_zero=True), LSTM(128), Dense(1, activation='sigmoid')])
model.compile('adam', 'binary_crossentropy')
rng = np.random.default_rng(0)
x = rng.integers(1, 5000, (32, 40)).astype('int32')
for row in range(32):
    x[row, 10 + row % 30:] = 0
y = rng.integers(0, 2, (32, 1)).astype('float32')
calls = {'predict': lambda: model.predict(x, verbose=0),
         'train_on_batch': lambda: model.train_on_batch(x, y)}
call, count = calls[sys.argv[1]], int(sys.argv[2])
for _ in range(count // 10):
    call()
before = resident()
for _ in range(count):
    call()
print(resident() - before)
"""


def measure(_: Any = None) -> list[Figure]:
    """Growth in MB after a tenth of the calls has filled pools and caches."""
    figures = []
    for name, count in (("predict", 10_000), ("train_on_batch", 1_000)):
        command = [sys.executable, "-c", PROGRAM, name, str(count)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        grown = float(answer.stdout.split()[-1])
        figures.append(Figure(f"resident memory, {count} x {name}", grown, "MB", GROWTH_MB))
    return figures
