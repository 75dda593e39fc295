"""to_categorical."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.utils import to_categorical


@pytest.mark.parametrize("shape", [(4,), (4, 1), (2, 2)])
def test_one_hot(shape):
    labels = np.array([0, 2, 1, 2]).reshape(shape)
    found = to_categorical(labels)
    expected = np.eye(3)[labels.reshape(shape[:-1] if shape[-1] == 1 else shape)]
    np.testing.assert_array_equal(found, expected)


def test_number_of_classes():
    assert to_categorical([1], num_classes=5).tolist() == [[0, 1, 0, 0, 0]]
    assert to_categorical([]).shape == (0, 0)


@pytest.mark.parametrize("labels", [[-1], [3]])
def test_out_of_range(labels):
    with pytest.raises(ValueError, match=r"classes must be in \[0, num_classes\) = \[0, 3\)"):
        to_categorical(labels, 3)
