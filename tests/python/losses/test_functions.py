"""Losses as functions: against the formulas, written out."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import losses

RNG = np.random.default_rng(1)


def test_mean_squared_and_absolute_error():
    y, p = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
    np.testing.assert_allclose(losses.mean_squared_error(y, p).numpy(), ((y - p) ** 2).mean(1))
    np.testing.assert_allclose(losses.mean_absolute_error(y, p).numpy(), abs(y - p).mean(1))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_binary_crossentropy(from_logits, smoothing):
    y = RNG.integers(0, 2, (6, 2)).astype(float)
    z = RNG.normal(size=(6, 2))
    p = 1 / (1 + np.exp(-z))
    t = y * (1 - smoothing) + smoothing / 2
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(1)
    found = losses.binary_crossentropy(
        y, z if from_logits else p, from_logits=from_logits, label_smoothing=smoothing
    )
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_probabilities_are_clipped_at_epsilon():
    found = losses.binary_crossentropy([[1.0, 0.0]], [[0.0, 1.0]]).numpy()
    np.testing.assert_allclose(found, -np.log(1e-7), rtol=0.02)


@pytest.mark.parametrize("from_logits", [False, True])
def test_categorical_and_sparse_agree(from_logits):
    labels = RNG.integers(0, 5, 7)
    z = RNG.normal(size=(7, 5))
    p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    expected = -np.log(p[np.arange(7), labels])
    given = z if from_logits else p
    dense = losses.categorical_crossentropy(np.eye(5)[labels], given, from_logits=from_logits)
    sparse = losses.sparse_categorical_crossentropy(labels, given, from_logits=from_logits)
    column = losses.sparse_categorical_crossentropy(labels[:, None], given, from_logits=from_logits)
    for found in (dense, sparse, column):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_label_smoothing_of_categories():
    y, p = np.eye(3)[[0, 2]], np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    t = y * 0.7 + 0.1
    found = losses.categorical_crossentropy(y, p, label_smoothing=0.3).numpy()
    np.testing.assert_allclose(found, -(t * np.log(p)).sum(1))


def test_ignored_class_counts_nothing_and_leaves_a_mask():
    found = losses.sparse_categorical_crossentropy(
        [1, -1], [[0.5, 0.5], [0.9, 0.1]], ignore_class=-1
    )
    np.testing.assert_allclose(found.numpy(), [np.log(2), 0.0], rtol=1e-6)
    assert found.mask.values.tolist() == [True, False]


def test_one_column_of_categories_warns():
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        losses.categorical_crossentropy([[1.0]], [[0.5]])


@pytest.mark.parametrize(
    ("function", "y", "p"),
    [
        (losses.mean_squared_error, np.zeros((4, 3)), np.zeros((4, 2))),
        (losses.binary_crossentropy, np.zeros((4, 3)), np.zeros((4, 1))),
        (losses.categorical_crossentropy, np.zeros((4,)), np.zeros((4, 3))),
    ],
)
def test_shapes_that_do_not_fit(function, y, p):
    with pytest.raises(ValueError, match=r"\[.*\] y_true and y_pred must have the same shape"):
        function(y, p)


def test_labels_out_of_range():
    with pytest.raises(IndexError, match=r"labels must lie in \[0, 2\)"):
        losses.sparse_categorical_crossentropy([5], [[0.5, 0.5]])
