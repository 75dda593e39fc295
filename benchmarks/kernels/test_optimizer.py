"""One optimizer call over all variables of the tutorials' LSTM model: bound by memory."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.kernels.conftest import Timed, close
from tidegate import _core
from tidegate.reference import optimizers

SHAPES = [(5000, 64), (64, 512), (128, 512), (512,), (128, 1), (1,)]
HYPER = {
    "sgd": {"learning_rate": 0.01, "momentum": 0.9, "nesterov": 0.0},
    "rmsprop": {
        "learning_rate": 1e-3,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-7,
        "centered": 0.0,
    },
    "adam": {
        "learning_rate": 1e-3,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": 0.0,
    },
}
SLOTS = {"sgd": 1, "rmsprop": 1, "adam": 2}
ORACLE = {"sgd": optimizers.sgd, "rmsprop": optimizers.rmsprop, "adam": optimizers.adam}


@pytest.mark.parametrize("clip", ["none", "global_clipnorm"])
@pytest.mark.parametrize("kind", list(HYPER))
def test_step(kind: str, clip: str, threads: int, rng: np.random.Generator, timed: Timed) -> None:
    variables = [rng.standard_normal(s).astype(np.float32) for s in SHAPES]
    gradients = [rng.standard_normal(s).astype(np.float32) for s in SHAPES]
    slots = [[np.zeros_like(v) for _ in range(SLOTS[kind])] for v in variables]
    wide = [g.astype(np.float64) for g in gradients]
    options = {k: v for k, v in HYPER[kind].items() if k not in ("nesterov", "centered", "amsgrad")}
    expected = [
        ORACLE[kind](v.astype(np.float64), g, [np.zeros_like(g)] * 3, 1, **options)[0]
        for v, g in zip(variables, optimizers.clip(wide, clip, 1.0), strict=True)
    ]
    turn = [0]

    def step() -> None:
        _core.optimizer_step(kind, variables, gradients, slots, HYPER[kind], turn[0], (clip, 1.0))
        turn[0] += 1

    step()
    for got, right in zip(variables, expected, strict=True):
        close(got, right)
    # A variable and its slots are read and written, a gradient is read.
    moved = float(sum(v.nbytes for v in variables)) * (3 + 2 * SLOTS[kind])
    timed(step, moved=moved, threads=threads)
