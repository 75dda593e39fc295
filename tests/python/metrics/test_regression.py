"""Errors of numbers, cross-entropies as metrics."""

from __future__ import annotations

import numpy as np

from tidegate import losses, metrics

RNG = np.random.default_rng(2)
Y, P = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2))


def test_errors():
    np.testing.assert_allclose(
        float(metrics.MeanSquaredError()(Y, P)), ((Y - P) ** 2).mean(), rtol=1e-6
    )
    np.testing.assert_allclose(
        float(metrics.MeanAbsoluteError()(Y, P)), abs(Y - P).mean(), rtol=1e-6
    )


def test_root_is_taken_once_over_all_batches():
    metric = metrics.RootMeanSquaredError()
    metric.update_state(Y[:2], P[:2])
    metric.update_state(Y[2:], P[2:])
    np.testing.assert_allclose(float(metric.result()), np.sqrt(((Y - P) ** 2).mean()), rtol=1e-6)


def test_root_against_one_column():
    metric = metrics.RootMeanSquaredError()
    metric.update_state(Y[:, 0], P[:, :1])
    np.testing.assert_allclose(
        float(metric.result()), np.sqrt(((Y[:, 0] - P[:, 0]) ** 2).mean()), rtol=1e-6
    )


def test_crossentropies_are_the_losses():
    y, p = np.eye(3)[[0, 2]], np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    for metric, loss, labels in (
        (metrics.CategoricalCrossentropy(), losses.CategoricalCrossentropy(), y),
        (metrics.SparseCategoricalCrossentropy(), losses.SparseCategoricalCrossentropy(), [0, 2]),
        (metrics.BinaryCrossentropy(), losses.BinaryCrossentropy(), y),
    ):
        np.testing.assert_allclose(float(metric(labels, p)), float(loss(labels, p)), rtol=1e-6)
