"""The products inside an attention layer."""

from __future__ import annotations

import numpy as np

from tidegate.layers.projection import Projection


def test_axes_in_and_out():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("f4")
    layer = Projection((6, 7), bound=2, activation="relu", bias_initializer="ones")
    y = layer(x)
    kernel = layer.kernel.numpy()
    assert kernel.shape == (4, 5, 6, 7)
    expected = np.maximum(np.einsum("btij,ijkl->btkl", x, kernel) + 1, 0)
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-5)
    assert Projection((2,), use_bias=False)(x).shape == (2, 3, 4, 2)
