"""Steps added, cut off, repeated."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Cropping1D, Input, UpSampling1D, ZeroPadding1D

X = np.ones((1, 3, 2), np.float32)


def test_lengths():
    assert ZeroPadding1D((1, 2))(X).shape == (1, 6, 2)
    assert ZeroPadding1D(1, "channels_first")(X).shape == (1, 3, 4)
    assert Cropping1D((0, 1))(X).shape == (1, 2, 2)
    assert UpSampling1D(3)(X).shape == (1, 9, 2)
    assert Cropping1D(1)(Input((None, 2))).shape == (None, None, 2)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: ZeroPadding1D(-1), ValueError, "must not be negative"),
        (lambda: Cropping1D((1, 2))(X), ValueError, "a step must be left of 3"),
        (lambda: Cropping1D((1, 2, 3)), ValueError, "an int or 2 ints"),
        (lambda: UpSampling1D(1.5), TypeError, "must be an int"),
        (lambda: UpSampling1D(0), ValueError, "must be positive"),
    ],
)
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()
