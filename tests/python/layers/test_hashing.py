"""Hashing; `test_text_cases.py` has what Keras gave."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import Model, layers
from tidegate.layers import Hashing


def test_examples_of_keras():
    words = [["A"], ["B"], ["C"], ["D"], ["E"]]
    for arguments, wanted in (
        ({}, [1, 0, 1, 1, 2]),
        ({"salt": [133, 137]}, [1, 2, 1, 0, 2]),
        ({"salt": 133}, [0, 0, 2, 1, 0]),
    ):
        assert Hashing(3, **arguments)(words).numpy().reshape(-1).tolist() == wanted
    masked = Hashing(3, mask_value="")([["A"], ["B"], [""], ["C"], ["D"]])
    assert masked.numpy().reshape(-1).tolist() == [1, 1, 0, 2, 2]


def test_integers_inside_of_a_model():
    x = layers.Input((3,), dtype="int64")
    model = Model(x, layers.Embedding(10, 2)(Hashing(10)(x)))
    ids = np.array([[10**9, -5, 7]])
    assert model.predict(ids, verbose=0).shape == (1, 3, 2)
    np.testing.assert_array_equal(Hashing(10)(ids).numpy(), Hashing(10)(ids.astype(str)).numpy())


@pytest.mark.parametrize(
    ("attempt", "text"),
    [
        (lambda: Hashing(0), "num_bins must be positive"),
        (lambda: Hashing(3, output_mode="tf_idf"), "output_mode must be one of"),
        (lambda: Hashing(3, dtype="float32"), 'dtype must be "int32" or "int64"'),
        (lambda: Hashing(3, salt=[1, 2, 3]), "salt must be an int or two"),
    ],
)
def test_bad_arguments(attempt, text):
    with pytest.raises(ValueError, match=text):
        attempt()
    with pytest.raises(NotImplementedError, match="sparse=True"):
        Hashing(3, output_mode="count", sparse=True)
