"""Dot."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Dot, Input, dot

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 3, 4)).astype("f4"), RNG.normal(size=(2, 5, 4)).astype("f4")


def test_values_and_shapes():
    expected = (A[:, :, None, :] * B[:, None, :, :]).sum(-1)
    np.testing.assert_allclose(Dot(axes=2)([A, B]).numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(dot([A, B]).numpy(), expected, atol=1e-5)
    assert Dot(axes=(2, 2))([Input((3, 4)), Input((None, 4))]).shape == (None, 3, None)
    assert Dot(axes=1)([A[:, 0], A[:, 1]]).shape == (2, 1)
    lengths = Dot(axes=1, normalize=True)([A[:, 0], A[:, 0]]).numpy()
    np.testing.assert_allclose(lengths, 1, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: Dot(axes="a"), TypeError, "an int or a pair"),
        (lambda: Dot(axes=(1, 2, 3)), ValueError, "an int or a pair"),
        (lambda: Dot(axes=(1, None)), ValueError, "an int or a pair"),
        (lambda: Dot(axes=1)([A, B]), ValueError, "must be equally long. Received: 3 and 5"),
        (lambda: Dot(axes=0)([A, B]), ValueError, "not the batch's"),
        (lambda: Dot(axes=2)([A, B, B]), ValueError, "exactly 2 inputs"),
    ],
)
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()
