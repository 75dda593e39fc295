"""Batches of outputs become arrays."""

from __future__ import annotations

import numpy as np

from tidegate import ops
from tidegate.models.outputs import Gathered


def test_structures_and_a_short_end():
    outputs = Gathered(10)
    for value in (1.0, 2.0):
        outputs.add({"a": ops.full((3, 2), value), "b": [ops.full((3,), value)]})
    found = outputs.result()
    assert found["a"].shape == (6, 2)
    np.testing.assert_array_equal(found["b"][0], [1, 1, 1, 2, 2, 2])
