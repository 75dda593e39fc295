"""UnitNormalization."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, ops
from tidegate.layers import UnitNormalization


def test_length_is_one_and_zero_stays():
    x = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("f4")
    y = UnitNormalization(axis=[1, 2])(x).numpy()
    np.testing.assert_allclose((y * y).sum((1, 2)), 1, rtol=1e-5)
    zero = ops.zeros((1, 2))
    with GradientTape() as tape:
        tape.watch(zero)
        y = UnitNormalization()(zero)
    assert y.numpy().tolist() == [[0.0, 0.0]]
    assert np.isfinite(tape.gradient(y, zero).numpy()).all()
    with pytest.raises(TypeError, match="axis must be an int"):
        UnitNormalization(axis="last")
