"""Dense."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import Dense

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(4, 3), (2, 5, 3), (2, 1, 5, 3)])
@pytest.mark.parametrize("activation", [None, "relu", "softmax", "elu", lambda x: x * 2.0])
def test_values(shape, activation):
    x = RNG.normal(size=shape).astype("f4")
    layer = Dense(2, activation=activation)
    y = layer(x).numpy()
    kernel, bias = layer.get_weights()
    z = np.tensordot(x, kernel, 1) + bias
    expected = layer.activation(ops.convert_to_tensor(z)).numpy()
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_without_bias():
    layer = Dense(2, use_bias=False)
    layer(np.zeros((1, 3)))
    assert len(layer.weights) == 1


@pytest.mark.parametrize("units", [0, -1, 2.5, None])
def test_units(units):
    with pytest.raises((ValueError, TypeError), match="units must be a positive int"):
        Dense(units)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="at least 2 axes"):
        Dense(2)(np.zeros(3))
    with pytest.raises(ValueError, match="must be known"):
        Dense(2).build((None, None))
