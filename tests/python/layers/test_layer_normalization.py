"""LayerNormalization."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import LayerNormalization, Masking


@pytest.mark.parametrize("axis", [-1, 1, [1, 2]])
def test_values(axis):
    x = np.random.default_rng(0).normal(2, 3, (4, 5, 6))
    axes = tuple(axis) if isinstance(axis, list) else axis
    expected = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-3)
    np.testing.assert_allclose(LayerNormalization(axis=axis)(x).numpy(), expected, atol=1e-5)


def test_weights_and_mask():
    layer = LayerNormalization(name="ln")
    y = layer(Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]])))
    assert y.mask.values.tolist() == [[True, False]]
    assert [v.path for v in layer.weights] == ["ln/gamma", "ln/beta"]
    bare = LayerNormalization(center=False, scale=False)
    bare(np.zeros((1, 2)))
    assert bare.weights == []


def test_errors():
    with pytest.raises(TypeError, match="axis must be an int"):
        LayerNormalization(axis="last")
    with pytest.raises(ValueError, match="must be known"):
        LayerNormalization().build((None, None))
    with pytest.raises(NotImplementedError, match="rms_scaling"):
        LayerNormalization(rms_scaling=True)
