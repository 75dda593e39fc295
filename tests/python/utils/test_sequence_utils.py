"""pad_sequences."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.utils import pad_sequences

RAGGED = [[1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
        ({"maxlen": 4, "value": -1}, [[-1, -1, -1, 1], [-1, -1, 2, 3], [-1, 4, 5, 6]]),
        ({"maxlen": 0}, [[], [], []]),
    ],
)
def test_padding_and_cutting(arguments, expected):
    found = pad_sequences(RAGGED, **arguments)
    assert found.dtype == np.int32
    assert found.tolist() == expected


def test_vectors_as_steps():
    found = pad_sequences([np.ones((1, 2)), np.ones((3, 2))], dtype="float32")
    assert found.shape == (2, 3, 2)
    assert found[0, :2].sum() == 0


def test_empty_sequences():
    assert pad_sequences([[], [1]]).tolist() == [[0], [1]]
    assert pad_sequences([]).shape == (0, 0)


@pytest.mark.parametrize(
    ("sequences", "arguments", "match"),
    [
        ([1, 2], {}, "must be a list of sequences"),
        (RAGGED, {"padding": "middle"}, "padding must be 'pre' or 'post'"),
        (RAGGED, {"value": "x"}, "dtype must be object or str"),
        ([np.ones((1, 2)), np.ones((1, 3))], {}, "same inner shape"),
        (iter(RAGGED), {}, "must be iterable"),
    ],
)
def test_errors(sequences, arguments, match):
    with pytest.raises(ValueError, match=match):
        pad_sequences(sequences, **arguments)
