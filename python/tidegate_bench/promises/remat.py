"""Memory of backpropagation through time: bytes kept and time of each mode beside `full`.

One training step (forward, backward, all gradients) of a layer at T 4096, B 8, H 128.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import tidegate
from tidegate import RematScope, explain, layers
from tidegate.autodiff import GradientTape
from tidegate_bench.promises.figures import Figure

ROUNDS = 9
ROWS, STEPS, UNITS = 8, 4096, 128
MODES = ("full", "bfloat16", "recompute", "checkpoint")
MOST_BYTES, MOST_TIME = 0.10, 1.4
CELLS = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}
PROMISED = ("lstm", "gru")


def _step(layer: Any, x: Any, mode: str) -> Callable[[], Any]:
    def step() -> Any:
        with RematScope(mode), GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, [x, *layer.trainable_weights])

    return step


def _times(layer: Any, x: Any) -> dict[str, float]:
    """Median ratio of each mode to `full`, of pairs timed one after the other."""
    steps = {mode: _step(layer, x, mode) for mode in MODES}
    taken: dict[str, list[float]] = {mode: [] for mode in MODES}
    for index in range(ROUNDS + 1):
        for mode in MODES[index % 4 :] + MODES[: index % 4]:
            start = time.perf_counter()
            steps[mode]()
            if index:
                taken[mode].append(time.perf_counter() - start)
    return {
        mode: statistics.median(a / b for a, b in zip(taken[mode], taken["full"], strict=True))
        for mode in MODES
    }


def _figures(cell: str, threads: int) -> list[Figure]:
    layer = CELLS[cell](UNITS, return_sequences=True)
    rng = np.random.default_rng(0)
    x = tidegate.convert_to_tensor(rng.normal(size=(ROWS, STEPS, UNITS)).astype(np.float32))
    ratios = _times(layer, x)
    figures = []
    kept = {}
    for mode in MODES:
        with RematScope(mode):
            report = explain(layer, x)
        kept[mode] = report["saved_bytes"]
        name = f"{cell} {mode}, {threads} thread(s)"
        promised = mode == "checkpoint" and cell in PROMISED
        if threads == 1:
            share = kept[mode] / kept["full"]
            figures += [
                Figure(f"{cell} {mode}, kept for backward", kept[mode] / 2**20, "MB"),
                Figure(f"{cell} {mode}, for one window", report["scratch_bytes"] / 2**20, "MB"),
                Figure(
                    f"{cell} {mode}, kept over full", share, "", MOST_BYTES if promised else None
                ),
            ]
        limit = MOST_TIME if promised else None
        figures.append(Figure(f"{name}, time over full", ratios[mode], "times", limit))
    return figures


def measure(_: Any = None) -> list[Figure]:
    """Each cell and mode, on one thread and on two."""
    figures = []
    for threads in sorted({1, min(2, len(os.sched_getaffinity(0)))}):
        tidegate.set_num_threads(threads)
        for cell in CELLS:
            figures += _figures(cell, threads)
    return figures
