"""Rows out of a table, and gradients added up into it: bound by memory."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.kernels.conftest import Timed, close
from tidegate import _core

SIZES = [(5000, 64), (50000, 128)]
POSITIONS = 32 * 200


def _arrays(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, ...]:
    ids = rng.integers(0, size[0], POSITIONS).astype(np.int32)
    table = rng.standard_normal(size).astype(np.float32)
    return ids, table, rng.standard_normal((POSITIONS, size[1])).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
def test_forward(size: tuple[int, int], rng: np.random.Generator, timed: Timed) -> None:
    ids, table, dy = _arrays(rng, size)
    assert np.array_equal(_core.embedding_forward(ids, table), table[ids])
    timed(lambda: _core.embedding_forward(ids, table), moved=2.0 * dy.nbytes)


@pytest.mark.parametrize("size", SIZES)
def test_backward(size: tuple[int, int], rng: np.random.Generator, timed: Timed) -> None:
    ids, table, dy = _arrays(rng, size)
    right = np.zeros(size)
    np.add.at(right, ids, dy.astype(np.float64))
    close(_core.embedding_backward(ids, dy, size[0]), right)
    timed(lambda: _core.embedding_backward(ids, dy, size[0]), moved=table.nbytes + 2.0 * dy.nbytes)
