"""What a contender offers: for a task, one or more variants, each verified before it is timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from tidegate_bench.harness.data import Data
from tidegate_bench.harness.tasks import Task

BATCH = 32


class Variant(NamedTuple):
    """One way to compute a task.

    Attributes:
        name: in the library's own words, for the report.
        run: does the work once and waits until it is done.
        check: returns what the oracle compares: y; dx, dW0, dU0, db0, ...; before and after.
    """

    name: str
    run: Callable[[], Any]
    check: Callable[[], dict[str, np.ndarray]]


class Peer(Protocol):
    """A library, set to a number of threads."""

    def __init__(self, threads: int) -> None: ...

    def versions(self) -> dict[str, str]:
        """Names and versions of what computes, and how it was set up."""

    def variants(self, task: Task, data: Data) -> list[Variant]:
        """The ways to compute the task; empty if the library does not offer it."""


def named_gradients(gradients: list[np.ndarray]) -> dict[str, np.ndarray]:
    """dx and then dW, dU, db of each direction, under the oracle's names."""
    named = {"dx": gradients[0]}
    for k, gradient in enumerate(gradients[1:]):
        named[f"{('dW', 'dU', 'db')[k % 3]}{k // 3}"] = gradient
    return named


def batch_major(sequence: np.ndarray) -> np.ndarray:
    """[T, B, N] as [B, T, N] and back."""
    return np.ascontiguousarray(np.swapaxes(sequence, 0, 1))


def gate_columns(matrix: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """The blocks of H columns (last axis) of a weight in another order of gates."""
    blocks = np.split(matrix, len(order), axis=-1)
    return np.ascontiguousarray(np.concatenate([blocks[k] for k in order], axis=-1))
