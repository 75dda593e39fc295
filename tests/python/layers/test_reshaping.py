"""Layers that move features about."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Flatten, Input, Permute, RepeatVector, Reshape

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def test_values():
    np.testing.assert_array_equal(RepeatVector(2)(X[:, 0]).numpy(), X[:, [0, 0]])
    np.testing.assert_array_equal(Reshape((4, -1))(X).numpy(), X.reshape(2, 4, 3))
    np.testing.assert_array_equal(Flatten()(X).numpy(), X.reshape(2, 12))
    channels = Flatten("channels_first")(X).numpy()
    np.testing.assert_array_equal(channels, X.transpose(0, 2, 1).reshape(2, 12))
    np.testing.assert_array_equal(Permute((2, 1))(X).numpy(), X.transpose(0, 2, 1))
    assert Flatten()(np.ones(3, np.float32)).shape == (3, 1)


def test_symbolic_shapes_and_dtypes():
    assert Flatten()(Input((None, 4))).shape == (None, None)
    assert Reshape((-1, 2))(Input((None, 4))).shape == (None, None, 2)
    assert Reshape((-1, 2))(Input((3, 4))).shape == (None, 6, 2)
    assert Flatten()(Input((3,), dtype="int32")).dtype == "int32"
    assert RepeatVector(5)(Input((3,))).shape == (None, 5, 3)


def test_the_mask_is_lost_and_a_warning_says_so():
    from tidegate import ops
    from tidegate.mask import Mask

    x = ops.convert_to_tensor(X)
    x.mask = Mask(np.ones((2, 3), bool))
    with pytest.warns(UserWarning, match="destroy the mask"):
        assert Flatten()(x).mask is None


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: RepeatVector(2.0), TypeError, "n must be an int. Received: float"),
        (lambda: RepeatVector(0), ValueError, "n must be positive"),
        (lambda: RepeatVector(2)(X), ValueError, "must have 2 axes"),
        (lambda: Reshape((-1, -1)), ValueError, "at most one of them -1"),
        (lambda: Reshape((None, -1)), ValueError, "at most one of them -1"),
        (lambda: Reshape((5, 2))(X), ValueError, r"12 elements of a sample \(3, 4\) do not fit"),
        (lambda: Reshape((5, -1))(X), ValueError, "do not fit"),
        (lambda: Flatten("channels"), ValueError, "channels_first"),
        (lambda: Permute((0, 1)), ValueError, "counted from 1"),
        (lambda: Permute((1,))(X), ValueError, "must have 2 axes"),
    ],
)
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()
