"""A large vocabulary: one training step of Embedding(50000, 128) with Adam beside torch's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

import tidegate
from tidegate import layers, models
from tidegate_bench.harness.worker import measure as timed
from tidegate_bench.promises.figures import Figure

ROUNDS = 9
WORDS, WIDTH, BATCH, STEPS = 50_000, 128, 32, 100


def _ours(ids: np.ndarray, labels: np.ndarray) -> Callable[[], Any]:
    model = models.Sequential(
        [
            layers.Input((STEPS,), dtype="int32"),
            layers.Embedding(WORDS, WIDTH),
            layers.TimeDistributed(layers.Dense(1)),
        ]
    )
    model.compile("adam", "mse")
    return lambda: model.train_on_batch(ids, labels)


def _torch(ids: np.ndarray, labels: np.ndarray) -> Callable[[], Any]:
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model = torch.nn.Sequential(torch.nn.Embedding(WORDS, WIDTH), torch.nn.Linear(WIDTH, 1))
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    x, y = torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(labels)

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def measure(_: Any = None) -> list[Figure]:
    """Median of pairs; nothing without torch."""
    tidegate.set_num_threads(None)
    rng = np.random.default_rng(0)
    ids = rng.integers(0, WORDS, (BATCH, STEPS)).astype(np.int32)
    labels = rng.normal(size=(BATCH, STEPS, 1)).astype(np.float32)
    ours = _ours(ids, labels)
    try:
        theirs = _torch(ids, labels)
    except ImportError:
        return [Figure("Embedding(50000, 128) with Adam, a step", timed(ours, 200.0)["ms"], "ms")]
    pairs = [timed(ours, 150.0)["ms"] / timed(theirs, 150.0)["ms"] for _ in range(ROUNDS)]
    name = "Embedding(50000, 128) with Adam, a step, over torch's"
    return [Figure(name, float(np.median(pairs)), "times", 1.0)]
