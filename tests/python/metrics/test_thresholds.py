"""Metrics that keep counts at thresholds: several numbers, logs of fit, state over batches."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate import metrics

Y = np.array([0, 0, 1, 1])
X = np.array([0.1, 0.6, 0.4, 0.9])


def test_counts_add_up():
    found = [
        float(getattr(metrics, name)()(Y, X))
        for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
    ]
    assert found == [1.0, 1.0, 1.0, 1.0]


def test_several_thresholds_give_several_numbers():
    metric = metrics.Precision(thresholds=[0.05, 0.5, 0.8])
    metric.update_state(Y[:2], X[:2])
    metric.update_state(Y[2:], X[2:])
    np.testing.assert_allclose(metric.result().numpy(), [0.5, 0.5, 1.0])
    metric.reset_state()
    assert metric.result().numpy().tolist() == [0.0, 0.0, 0.0]


def test_area_of_a_perfect_order():
    assert float(metrics.AUC()(Y, [0.1, 0.2, 0.8, 0.9])) == pytest.approx(1.0)
    assert float(metrics.AUC()(Y, [0.9, 0.8, 0.2, 0.1])) == pytest.approx(0.0)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="must have the same shape"):
        metrics.AUC()(np.zeros((2, 2)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"class_id needs y_pred \[B, C\]"):
        metrics.Recall(class_id=1)(Y, X)


def test_in_the_logs_of_fit():
    model = tidegate.Sequential(
        [tidegate.Input((1,)), tidegate.layers.Dense(1, activation="sigmoid")]
    )
    recall = metrics.Recall(thresholds=[0.1, 0.9], name="recall")
    model.compile("sgd", "bce", metrics=["AUC", recall, "Precision"])
    history = model.fit(X[:, None], Y, epochs=1, verbose=2).history
    assert isinstance(history["AUC"][0], float)
    assert history["Precision"][0] >= 0
    assert np.asarray(history["recall"][0]).shape == (2,)
