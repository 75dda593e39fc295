"""Activation."""

from __future__ import annotations

import numpy as np

from tidegate.layers import Activation, Masking


def test_values_and_mask():
    x = np.array([[[-1.0], [0.0], [2.0]]])
    y = Activation("relu")(Masking()(x))
    assert y.numpy().ravel().tolist() == [0.0, 0.0, 2.0]
    assert y.mask.values.tolist() == [[True, False, True]]
