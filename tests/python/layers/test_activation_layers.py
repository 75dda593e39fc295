"""Activations with parameters."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, ops
from tidegate.layers import ELU, LeakyReLU, PReLU, ReLU, Softmax

X = np.array([[-2.0, -0.5, 0.5, 2.0]], np.float32)


def test_values():
    assert ReLU(1.0, 0.5, 0.0)(X).numpy().tolist() == [[-1.0, -0.25, 0.5, 1.0]]
    assert ReLU(threshold=1.0)(X).numpy().tolist() == [[0.0, 0.0, 0.0, 2.0]]
    assert LeakyReLU()(X).numpy()[0, 0] == pytest.approx(-0.6)
    np.testing.assert_allclose(ELU(2.0)(X).numpy()[0, :2], 2 * np.expm1(X[0, :2]), rtol=1e-6)
    with pytest.warns(UserWarning, match="`alpha` is deprecated"):
        assert LeakyReLU(alpha=0.5).negative_slope == 0.5


def test_prelu_trains_its_slope():
    layer = PReLU(alpha_initializer="ones", shared_axes=[1])
    x = ops.convert_to_tensor(X[:, :, None])
    with GradientTape() as tape:
        y = layer(x)
    np.testing.assert_array_equal(y.numpy(), X[:, :, None])
    assert layer.alpha.shape == (1, 1)
    assert tape.gradient(y, layer.alpha).numpy().tolist() == [[-2.5]]
    with pytest.raises(ValueError, match="not shared along must be known"):
        PReLU().build((None, None, 3))


def test_softmax_leaves_out_what_is_masked():
    y = Softmax()(np.zeros((1, 2, 2)), mask=np.array([[[True, False]]])).numpy()
    assert y.tolist() == [[[1.0, 0.0], [1.0, 0.0]]]
    both = Softmax(axis=(1, 2))(np.zeros((1, 2, 2))).numpy()
    np.testing.assert_allclose(both, 0.25)
    with pytest.raises(ValueError, match="the mask must broadcast"):
        Softmax()(X, mask=np.ones((1, 3), bool))


@pytest.mark.parametrize("bad", [{"max_value": -1}, {"negative_slope": -1}, {"threshold": None}])
def test_relu_takes_no_negative_number(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        ReLU(**bad)
    with pytest.raises(ValueError, match="negative_slope"):
        LeakyReLU(-1)
