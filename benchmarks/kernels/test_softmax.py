"""Softmax cross-entropy, loss and gradient in one pass."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.kernels.conftest import Timed, close
from tidegate import _core
from tidegate.reference import nn


@pytest.mark.parametrize("size", [(32, 10), (3200, 60), (320, 5000)])
def test_cross_entropy(size: tuple[int, int], rng: np.random.Generator, timed: Timed) -> None:
    logits = rng.standard_normal(size).astype(np.float32)
    labels = rng.integers(0, size[1], size[0]).astype(np.int32)
    loss, dlogits = nn.softmax_cross_entropy(logits.astype(np.float64), labels)
    got = _core.softmax_cross_entropy(logits, labels, True)
    close(got[0], loss)
    assert got[1] is not None
    close(got[1], dlogits)
    timed(lambda: _core.softmax_cross_entropy(logits, labels, True), moved=2.0 * logits.nbytes)
