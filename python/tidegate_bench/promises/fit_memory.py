"""Peak memory of `fit` beside Keras and torch: what training takes above data, weights, imports.

Each library is a process of its own. It imports, makes model and data and predicts once; then the
peak is set back (`/proc/self/clear_refs`), one epoch runs, and the growth of the peak counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from tidegate_bench.promises.figures import Figure

COMMON = """
import os, sys
import numpy as np
ROWS, STEPS, INPUTS, UNITS, BATCHES = 8, 4096, 64, 128, 3
rng = np.random.default_rng(0)
x = rng.normal(size=(ROWS * BATCHES, STEPS, INPUTS)).astype('float32')
y = rng.normal(size=(ROWS * BATCHES, 1)).astype('float32')

def status(name):
    lines = open('/proc/self/status').read().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))

def grown(epoch):
    open('/proc/self/clear_refs', 'w').write('5')
    before = status('VmRSS')
    epoch()
    print(status('VmHWM') - before)
"""

OURS = """
import tidegate
from tidegate import layers, models
with tidegate.RematScope(sys.argv[1]):
    model = models.Sequential([layers.Input((None, INPUTS)), layers.LSTM(UNITS), layers.Dense(1)])
model.compile('adam', 'mse')
model.predict(x[:1, :8], verbose=0)
grown(lambda: model.fit(x, y, batch_size=ROWS, verbose=0))
"""

KERAS = """
os.environ['KERAS_BACKEND'] = sys.argv[1]
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
from keras import layers, models
model = models.Sequential([layers.Input((None, INPUTS)), layers.LSTM(UNITS), layers.Dense(1)])
model.compile('adam', 'mse')
model.predict(x[:1, :8], verbose=0)
grown(lambda: model.fit(x, y, batch_size=ROWS, verbose=0))
"""

TORCH = """
import torch
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(INPUTS, UNITS, batch_first=True)
        self.dense = torch.nn.Linear(UNITS, 1)
    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])
model = Model()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
xs, ys = torch.from_numpy(x), torch.from_numpy(y)
with torch.inference_mode():
    model(xs[:1, :8])

def epoch():
    for at in range(0, len(xs), ROWS):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(xs[at:at + ROWS]), ys[at:at + ROWS]).backward()
        optimizer.step()

grown(epoch)
"""


def _contenders() -> list[tuple[str, str, str]]:
    """(name, program, argument), the peers that are installed."""
    found = [(f"tidegate, {mode}", OURS, mode) for mode in ("full", "recompute", "checkpoint")]
    if find_spec("torch"):
        found.append(("torch", TORCH, ""))
    backends = [name for name in ("tensorflow", "torch") if find_spec(name)]
    if find_spec("keras") and backends:
        found.append((f"Keras on {backends[0]}", KERAS, backends[0]))
    return found


def measure(_: Any = None) -> list[Figure]:
    """Growth of the peak in one epoch of LSTM(128) over 4,096 steps in batches of 8."""
    figures = []
    ours = 0.0
    for name, program, argument in _contenders():
        command = [sys.executable, "-c", COMMON + program, argument]
        # glibc gives back what is freed, for all alike: what counts is what is needed.
        env = os.environ | {"MALLOC_TRIM_THRESHOLD_": "0"}
        answer = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
        grown = float(answer.stdout.split()[-1])
        figures.append(Figure(f"peak of fit above the start, {name}", grown, "MB"))
        if name == "tidegate, full":
            ours = grown
        elif not name.startswith("tidegate"):
            figures.append(Figure(f"peak of fit, tidegate over {name}", ours / grown, "times", 1.0))
    return figures
