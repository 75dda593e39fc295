"""Discretization; its values are compared with Keras in tests/conformance/parity."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tidegate.layers import Discretization, Input
from tidegate.layers.registry import deserialize, serialize

X = np.random.default_rng(0).normal(size=(500, 2)).astype("f4")


@pytest.mark.parametrize("data", [X, [X[:200], X[200:]]], ids=["array", "batches"])
def test_adapting_makes_bins_of_equal_size(data):
    layer = Discretization(num_bins=4, epsilon=0.001)
    layer.adapt(data)
    counts = np.bincount(layer(X).numpy().reshape(-1))
    assert counts.sum() == 1000
    assert np.all(np.abs(counts - 250) < 10)
    again = deserialize(json.loads(json.dumps(serialize(layer))))
    np.testing.assert_array_equal(again(X).numpy(), layer(X).numpy())


def test_steps_say_how_many_batches():
    layer, other = Discretization(num_bins=3), Discretization(num_bins=3)
    layer.adapt([X[:100], X[100:]], steps=1)
    other.adapt(X[:100])
    assert layer.bin_boundaries == other.bin_boundaries


def test_shapes_and_dtypes():
    x = Input((3,))
    assert Discretization([0.0])(x).dtype == "int32"
    vectors = Discretization([0.0], output_mode="one_hot")(x)
    assert (vectors.shape, vectors.dtype) == ((None, 3, 2), "float32")
    assert Discretization(num_bins=5, output_mode="count").compute_output_shape((None, 3)) == (
        None,
        5,
    )


@pytest.mark.parametrize(
    ("attempt", "text"),
    [
        (lambda: Discretization(), "either num_bins or bin_boundaries"),
        (lambda: Discretization([0.0], num_bins=2), "either num_bins or bin_boundaries"),
        (lambda: Discretization(num_bins=-1), "must not be negative"),
        (lambda: Discretization([0.0], output_mode="tf_idf"), "output_mode must be one of"),
        (lambda: Discretization([0.0]).adapt(X), "takes none from data"),
        (lambda: Discretization(num_bins=2)(X), r"no boundaries yet.*Hint: layer\.adapt"),
    ],
)
def test_bad_arguments(attempt, text):
    with pytest.raises(ValueError, match=text):
        attempt()
    with pytest.raises(NotImplementedError, match="sparse=True"):
        Discretization([0.0], sparse=True)
