"""Equal weights and inputs for every contender, from the task alone."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from tidegate_bench.harness.tasks import Task

CHECK_STEPS = 8  # of a single step that is verified by a short stream
FIT_STEPS = 2  # steps of plain gradient descent on the first batch that a fit must reproduce:
FIT_RATE = 4.0  # Adam would turn the rounding of tiny gradients into whole steps
VOCABULARY = 5000
EXAMPLES = 1024
SHORTEST, MEDIAN = 10, 70

Data = dict[str, Any]


def _weights(rng: np.random.Generator, task: Task) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """kernel [I, GH], recurrent_kernel [H, GH], bias [GH] ([2, 3H] for the GRU), in Keras' order.

    Of the size that Glorot and orthogonal initializers have.
    """
    wide = task.gates * task.units
    limit = np.sqrt(6.0 / (task.input_dim + wide))
    kernel = rng.uniform(-limit, limit, (task.input_dim, wide))
    recurrent = rng.standard_normal((task.units, wide)) / np.sqrt(task.units)
    bias = 0.1 * rng.standard_normal((2, wide) if task.cell == "gru" else (wide,))
    return kernel.astype(np.float32), recurrent.astype(np.float32), bias.astype(np.float32)


def make(task: Task) -> Data:
    """Everything that a contender gets; the same bits for the same task in every process.

    Layers: x [B, T, I], dy [B, T, D*H], weights, one triple per direction. Steps: xs [S, 1, I].
    Fits: ids [N, T] padded with 0 behind, lengths [N], labels [N, 1], embeddings, dense.
    """
    rng = np.random.default_rng(zlib.crc32(task.name.encode()))
    data: Data = {"weights": [_weights(rng, task) for _ in range(task.directions)]}
    if task.kind == "fit":
        return data | _texts(rng, task)
    if task.kind == "step":
        xs = rng.standard_normal((CHECK_STEPS, 1, task.input_dim)).astype(np.float32)
        return data | {"xs": xs}
    wide = task.directions * task.units
    x = rng.standard_normal((task.batch, task.steps, task.input_dim)).astype(np.float32)
    dy = rng.standard_normal((task.batch, task.steps, wide)).astype(np.float32)
    return data | {"x": x, "dy": dy}


def _texts(rng: np.random.Generator, task: Task) -> Data:
    """Word numbers with log-normal lengths, median 70 and mean about 82, at most T."""
    drawn = np.exp(rng.normal(np.log(MEDIAN), 0.56, EXAMPLES))
    lengths = np.clip(np.rint(drawn), SHORTEST, task.steps).astype(np.int64)
    ids = rng.integers(1, VOCABULARY, (EXAMPLES, task.steps)).astype(np.int32)
    ids[np.arange(task.steps)[None, :] >= lengths[:, None]] = 0
    wide = task.directions * task.units
    dense = (0.1 * rng.standard_normal((wide, 1))).astype(np.float32)
    return {
        "ids": ids,
        "lengths": lengths,
        "labels": rng.integers(0, 2, (EXAMPLES, 1)).astype(np.float32),
        "embeddings": rng.uniform(-0.05, 0.05, (VOCABULARY, task.input_dim)).astype(np.float32),
        "dense": (dense, np.zeros(1, np.float32)),
    }


def initial_values(data: Data) -> list[np.ndarray]:
    """The weights of a fit's model in Keras' order: embeddings, cells, Dense."""
    cells = [w for triple in data["weights"] for w in triple]
    return [data["embeddings"], *cells, *data["dense"]]


def changes(before: list[np.ndarray], after: list[np.ndarray]) -> dict[str, np.ndarray]:
    """after - before of each weight, under the names that the oracle compares.

    The bias of Dense joins its kernel: where labels balance, its own change is a sum that cancels,
    and float32 keeps four of its digits.
    """
    moved = [b.astype(np.float64) - a for a, b in zip(before, after, strict=True)]
    *others, kernel, bias = moved
    return {f"change{k}": change for k, change in enumerate([*others, np.vstack([kernel, bias])])}
