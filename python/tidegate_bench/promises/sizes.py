"""No cliff: an odd size may cost no more than 1.3 times its larger multiple-of-16 neighbour.

For every odd H and B of the sweep the layer is timed at (B, H), at (B, H rounded up to 16) and at
(B rounded up to 16, H). What is above the limit is timed twice more, and the least counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

import tidegate
from tidegate import layers
from tidegate.autodiff import GradientTape
from tidegate_bench.harness.worker import measure as timed
from tidegate_bench.promises.figures import Figure

MOST = 1.3
STEPS, INPUTS = 8, 24
UNITS = (1, 3, 7, 9, 17, 25, 31, 33, 47, 49, 63, 65, 79, 97, 113, 127, 129, 161, 193, 257, 287, 299)
ROWS = (1, 2, 3, 5, 7, 9, 13, 17, 23, 31, 33, 49, 65, 70)
BUDGET_MS = 4.0
CELLS = {"lstm": layers.LSTM, "gru": layers.GRU, "rnn": layers.SimpleRNN}


def _call(cell: str, training: bool, rows: int, units: int) -> Callable[[], Any]:
    layer = CELLS[cell](units, return_sequences=True)
    rng = np.random.default_rng(0)
    x = tidegate.convert_to_tensor(rng.normal(size=(rows, STEPS, INPUTS)).astype(np.float32))
    layer(x)
    if not training:
        return lambda: layer(x)

    def step() -> Any:
        with GradientTape() as tape:
            y = layer(x, training=True)
        return tape.gradient(y, layer.trainable_weights)

    return step


def _up(n: int) -> int:
    return (n + 15) // 16 * 16


def _worst(cell: str, training: bool) -> tuple[float, str]:
    def once(rows: int, units: int) -> float:
        return timed(_call(cell, training, rows, units), BUDGET_MS)["best"]

    known = cache(once)

    def ratio(rows: int, units: int) -> float:
        return max(
            known(rows, units) / known(rows, _up(units)),
            known(rows, units) / known(_up(rows), units),
        )

    def again(rows: int, units: int) -> float:
        found = ratio(rows, units)
        for _ in range(2):
            if found <= MOST:
                break
            here = once(rows, units)
            found = min(found, max(here / once(rows, _up(units)), here / once(_up(rows), units)))
        return found

    return max((again(b, h), f"B {b} H {h}") for h in UNITS for b in ROWS)


def measure(_: Any = None) -> list[Figure]:
    """The worst ratio of each cell, forward and trained, on one thread and on two."""
    figures = []
    for threads in (1, 2):
        tidegate.set_num_threads(threads)
        for cell in CELLS:
            for training in (False, True):
                value, where = _worst(cell, training)
                kind = "training" if training else "inference"
                name = f"{cell} {kind}, {threads} thread(s), worst size {where}"
                figures.append(Figure(name, value, "times", MOST))
    return figures
