"""Normalization."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import Sequential
from tidegate.layers import Dense, Input, Normalization

X = np.random.default_rng(0).normal(3.0, 2.0, size=(50, 4, 3)).astype("f4")


def test_adapts_to_an_array_and_to_batches_alike():
    whole, parts = Normalization(), Normalization()
    whole.adapt(X)
    parts.adapt(iter([X[:7], (X[7:30],), X[30:]]))
    np.testing.assert_allclose(whole.adapt_mean.numpy(), X.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(parts.adapt_mean.numpy(), whole.adapt_mean.numpy(), rtol=1e-5)
    np.testing.assert_allclose(
        parts.adapt_variance.numpy(), whole.adapt_variance.numpy(), rtol=1e-5
    )
    y = whole(X).numpy()
    np.testing.assert_allclose(y.mean((0, 1)), 0, atol=1e-4)
    np.testing.assert_allclose(y.std((0, 1)), 1, atol=1e-4)
    back = Normalization(invert=True)
    back.adapt(X)
    np.testing.assert_allclose(back(y).numpy(), X, rtol=1e-4, atol=1e-5)


def test_given_statistics_and_axes():
    assert Normalization(mean=1.0, variance=4.0)(np.array([[5.0]])).numpy() == 2
    per_step = Normalization(axis=(1, 2))
    per_step.adapt(X)
    assert per_step.adapt_mean.shape == (4, 3)
    one = Normalization(axis=None)
    one.adapt(X)
    assert one.adapt_mean.shape == ()


def test_in_a_model_its_weights_are_not_trained():
    layer = Normalization()
    layer.adapt(X[:, 0])
    model = Sequential([Input((3,)), layer, Dense(1)])
    model.compile("sgd", "mse")
    before = layer.get_weights()
    model.fit(X[:, 0], X[:, 0, :1], verbose=0)
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [v.name for v in layer.weights] == ["mean", "variance", "count"]


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: Normalization(mean=1.0), ValueError, "must both be given"),
        (lambda: Normalization(mean=[1.0], variance=1.0), ValueError, "the same shape"),
        (lambda: Normalization(mean=[[1.0]], variance=[[1.0]]), ValueError, "at most one axis"),
        (lambda: Normalization(axis=3)(X), ValueError, "axis must lie in"),
        (lambda: Normalization().build((None, None)), ValueError, "must be known"),
        (lambda: Normalization().adapt([]), ValueError, "at least one batch"),
        (lambda: Normalization().adapt(3), TypeError, "adapt takes arrays"),
        (lambda: Normalization().adapt(["a"]), TypeError, "adapt takes arrays"),
        (lambda: Normalization().adapt([X, X[..., :2]]), ValueError, "a size of 3 on axis 2"),
        (lambda: Normalization(mean=1, variance=1).adapt(X), ValueError, "takes none from data"),
    ],
)
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()


def test_mean_and_variance_are_spread_for_the_input():
    layer = Normalization()
    assert (layer.mean, layer.variance) == (None, None)
    layer.adapt(np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert layer.mean.numpy().tolist() == [[2.0, 4.0]]
    assert layer.variance.numpy().tolist() == [[1.0, 4.0]]
    given = Normalization(mean=[1.0, 2.0], variance=[4.0, 9.0])
    assert given.mean is None
    given.build((None, 2))
    assert given.mean.numpy().tolist() == [[1.0, 2.0]]
    assert given.variance.numpy().tolist() == [[4.0, 9.0]]
