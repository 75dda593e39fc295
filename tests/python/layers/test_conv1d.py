"""Conv1D."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import Conv1D, Input

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 7, 4)).astype("f4")


def test_causal_outputs_see_no_later_step():
    layer = Conv1D(3, 3, padding="causal", dilation_rate=2)
    y = layer(X).numpy()
    later = X.copy()
    later[:, 5:] = 9
    np.testing.assert_array_equal(layer(later).numpy()[:, :5], y[:, :5])
    assert y.shape == (2, 7, 3)


def test_shapes_symbolic_and_of_unknown_length():
    assert Conv1D(3, 3)(Input((None, 4))).shape == (None, None, 3)
    assert Conv1D(3, 3, strides=2)(Input((7, 4))).shape == (None, 3, 3)
    assert Conv1D(3, 2, padding="same")(Input((None, 4))).shape == (None, None, 3)
    first = Conv1D(3, 3, data_format="channels_first")
    assert first(X.transpose(0, 2, 1).copy()).shape == (2, 3, 5)


def test_a_row_does_not_depend_on_its_batch():
    layer = Conv1D(3, 3, groups=1, activation="relu")
    np.testing.assert_array_equal(layer(X).numpy()[1:], layer(X[1:]).numpy())


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Conv1D(0, 3), "filters must be positive"),
        (lambda: Conv1D(2, 0), "kernel_size must be positive"),
        (lambda: Conv1D(2, (1, 2)), "kernel_size must be an int or 1 ints"),
        (lambda: Conv1D(2, 3, strides="a"), "strides must be"),
        (lambda: Conv1D(2, 3, groups=0), "groups must be positive"),
        (lambda: Conv1D(3, 3, groups=2), "groups must divide filters"),
        (lambda: Conv1D(3, 3, strides=2, dilation_rate=2), "cannot both be above 1"),
        (lambda: Conv1D(3, 3, padding="full"), "padding must be one of"),
        (lambda: Conv1D(3, 9)(X), "a window of 9 steps must fit"),
        (lambda: Conv1D(3, 3, groups=3)(X), "groups must divide them"),
        (lambda: Conv1D(3, 3)(X[0]), "at least 3 axes"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
