"""exp, sigmoid and tanh over arrays that lie in the first cache, in the second, in memory."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.kernels.conftest import Timed, close
from tidegate import _core

RIGHT = {"exp": np.exp, "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}


@pytest.mark.parametrize("size", [1 << 12, 1 << 16, 1 << 22])
@pytest.mark.parametrize("name", list(RIGHT))
def test_activation(name: str, size: int, rng: np.random.Generator, timed: Timed) -> None:
    x = rng.standard_normal(size).astype(np.float32)
    close(_core.activation(name, x), RIGHT[name](x.astype(np.float64)), 1e-6)
    timed(lambda: _core.activation(name, x), moved=2.0 * x.nbytes)
