"""The recurrent kernels without the Python layers: packing, forward, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.kernels.conftest import Timed
from tidegate import _core
from tidegate_bench.harness import oracle
from tidegate_bench.harness.data import Data, make
from tidegate_bench.harness.tasks import GRID, Task, parse
from tidegate_bench.peers.base import named_gradients

ROWS = [*GRID[:4], *GRID[6:9], GRID[10], "lstm-1-1-8-8", "lstm-5-20-13-17", "gru-7-20-8-31"]


def _pack(task: Task, data: Data) -> tuple[Any, ...]:
    return tuple(_core.RecurrentWeights(task.cell, *triple) for triple in data["weights"])


def _options(task: Task) -> dict[str, Any]:
    backwards = (False, True)[: task.directions]
    return {"go_backwards": backwards, "return_sequences": True, "time_order": True}


def _verified(task: Task, results: dict[str, np.ndarray]) -> None:
    assert oracle.error(task, results) <= oracle.TOLERANCE


@pytest.mark.parametrize("row", ROWS)
def test_forward(row: str, threads: int, timed: Timed) -> None:
    task = parse("inference", row)
    data = make(task)
    packs, options = _pack(task, data), _options(task)

    def run() -> np.ndarray:
        return _core.recurrent_forward(data["x"], packs, **options)[0]

    _verified(task, {"y": run()})
    timed(run, flop=task.flop, threads=threads)


@pytest.mark.parametrize("row", ROWS)
def test_training(row: str, threads: int, timed: Timed) -> None:
    """Packing included: the weights change in every step."""
    task = parse("training", row)
    data = make(task)
    options = _options(task)

    def run() -> list[np.ndarray]:
        packs = _pack(task, data)
        _, _, saved = _core.recurrent_forward(data["x"], packs, training=True, **options)
        dx, weights, _ = _core.recurrent_backward(saved, data["dy"])
        return [dx, *(gradient for triple in weights for gradient in triple)]

    _verified(task, named_gradients(run()))
    timed(run, flop=task.flop, threads=threads)


@pytest.mark.parametrize("row", ["lstm-32-100-64-128", "gru-32-100-64-128", "lstm-64-50-512-512"])
def test_packing(row: str, timed: Timed) -> None:
    task = parse("inference", row)
    data = make(task)
    (pack,) = _pack(task, data)
    assert (pack.input_dim, pack.units) == (task.input_dim, task.units)
    moved = 2.0 * sum(w.nbytes for w in data["weights"][0])
    timed(lambda: _pack(task, data), moved=moved)
