"""Pooling over steps."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import layers, ops
from tidegate.layers import AveragePooling1D, GlobalAveragePooling1D, Input, MaxPooling1D
from tidegate.mask import Mask

X = np.array([[[1.0], [5.0], [2.0], [3.0], [4.0]]], np.float32)


def test_windows():
    assert MaxPooling1D()(X).numpy().ravel().tolist() == [5.0, 3.0]
    assert MaxPooling1D(3, 1)(X).numpy().ravel().tolist() == [5.0, 5.0, 4.0]
    assert AveragePooling1D(2, padding="same")(X).numpy().ravel().tolist() == [3.0, 2.5, 4.0]
    assert MaxPooling1D(2, padding="same")(Input((None, 1))).shape == (None, None, 1)
    with pytest.raises(ValueError, match="a window of 9 steps must fit"):
        MaxPooling1D(9)(X)


def test_the_global_mean_leaves_out_masked_steps():
    x = ops.convert_to_tensor(X)
    x.mask = Mask([[True, True, False, False, False]])
    y = GlobalAveragePooling1D()(x)
    assert y.numpy().tolist() == [[3.0]]
    assert y.mask is None
    assert GlobalAveragePooling1D(keepdims=True)(x).shape == (1, 1, 1)


@pytest.mark.parametrize(
    ("short", "full"),
    [("MaxPool1D", "MaxPooling1D"), ("AvgPool1D", "AveragePooling1D"),
     ("GlobalAvgPool1D", "GlobalAveragePooling1D"), ("GlobalMaxPool1D", "GlobalMaxPooling1D"),
     ("Convolution1D", "Conv1D")],
)  # fmt: skip
def test_keras_short_names(short, full):
    assert getattr(layers, short) is getattr(layers, full)
