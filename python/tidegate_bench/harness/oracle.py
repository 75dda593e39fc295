"""What the right answer is: float64 NumPy, from `tidegate.reference`, never the compiled core."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from tidegate.reference import Weights, nn, recurrent_backward, recurrent_forward
from tidegate.reference.recurrent import Run
from tidegate_bench.harness.data import FIT_RATE, FIT_STEPS, Data, changes, initial_values, make
from tidegate_bench.harness.tasks import Task

TOLERANCE = 1e-4  # largest error, relative to the largest element; float32 reaches about 1e-6

Answers = dict[str, np.ndarray]


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


def _run(task: Task, x: np.ndarray, weights: list[Weights], **options: Any) -> Run:
    backwards = (False, True)[: task.directions]
    return recurrent_forward(
        task.cell, x, weights, go_backwards=backwards, time_order=True, **options
    )


def _weights(data: Data) -> list[Weights]:
    return [Weights(_wide(w), _wide(u), _wide(b)) for w, u, b in data["weights"]]


def _layer(task: Task, data: Data) -> Answers:
    weights = _weights(data)
    run = _run(task, _wide(data["x"]), weights, return_sequences=True)
    if task.kind == "inference":
        return {"y": run.y}
    gradients = recurrent_backward(run, _wide(data["dy"]))
    answers = {"dx": gradients.dx}
    for d, triple in enumerate(gradients.weights):
        answers |= {f"{name}{d}": g for name, g in zip(("dW", "dU", "db"), triple) if g is not None}
    return answers


def _step(task: Task, data: Data) -> Answers:
    x = np.swapaxes(_wide(data["xs"]), 0, 1)
    weights = _weights(data)
    return {"y": np.swapaxes(_run(task, x, weights, return_sequences=True).y, 0, 1)}


def _gradients(task: Task, values: list[np.ndarray], data: Data) -> tuple[np.ndarray, list]:
    """Probabilities of the first batch and the gradients of the mean cross-entropy."""
    embeddings, *cells, kernel, bias = values
    ids, labels = data["ids"][: task.batch], _wide(data["labels"][: task.batch])
    triples = [cells[3 * d : 3 * d + 3] for d in range(task.directions)]
    weights = [Weights(w, u, b) for w, u, b in triples]
    mask = ids != 0 if task.mask else None
    run = _run(task, nn.embedding(ids, embeddings), weights, mask=mask)
    p = nn.dense(run.y, kernel, bias, "sigmoid")
    # The sigmoid's derivative and the cross-entropy's cancel: dp * p * (1 - p) = (p - t) / B.
    dy, dkernel, dbias = nn.dense_backward(
        run.y, kernel, p, (p - labels) / (p * (1 - p)) / task.batch, "sigmoid"
    )
    back = recurrent_backward(run, dy)
    cells = [g for triple in back.weights for g in triple if g is not None]
    return p, [nn.embedding_backward(ids, back.dx, len(embeddings)), *cells, dkernel, dbias]


def _fit(task: Task, data: Data) -> Answers:
    """Predictions before, and how far plain gradient descent moves each weight."""
    start = [_wide(v) for v in initial_values(data)]
    values, first = start, None
    for _ in range(FIT_STEPS):
        p, gradients = _gradients(task, values, data)
        first = p if first is None else first
        values = [v - FIT_RATE * g for v, g in zip(values, gradients, strict=True)]
    assert first is not None
    return {"before": first, **changes(start, values)}


@lru_cache(maxsize=64)
def answers(task: Task) -> Answers:
    """The right answers, by name; worked out once per process."""
    compute = {"step": _step, "fit": _fit}.get(task.kind, _layer)
    return compute(task, make(task))


def error(task: Task, results: Answers) -> float:
    """The largest error of all results, each relative to the largest element of its answer.

    Raises:
        ValueError: a result is missing or has another shape.
    """
    worst = 0.0
    for name, right in answers(task).items():
        got = results.get(name)
        if got is None or got.shape != right.shape:
            shape = None if got is None else got.shape
            raise ValueError(f"{name} must have the shape {right.shape}. Received: {shape}.")
        scale = float(np.abs(right).max()) or 1.0  # dU of a single step from zeros is zero
        difference = float(np.abs(got.astype(np.float64) - right).max())
        if not np.isfinite(difference):
            return float("inf")
        worst = max(worst, difference / scale)
    return worst
