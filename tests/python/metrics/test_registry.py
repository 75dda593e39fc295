"""Metrics by name."""

from __future__ import annotations

import pytest

from tidegate import metrics


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mse", metrics.MeanSquaredError),
        ("MAE", metrics.MeanAbsoluteError),
        ("binary_accuracy", metrics.BinaryAccuracy),
        ("RootMeanSquaredError", metrics.RootMeanSquaredError),
        ("root_mean_squared_error", metrics.RootMeanSquaredError),
    ],
)
def test_names(name, kind):
    assert type(metrics.get(name)) is kind


def test_config_goes_round():
    metric = metrics.BinaryAccuracy(threshold=0.3, name="a")
    again = metrics.deserialize(metrics.serialize(metric))
    assert again.get_config() == metric.get_config()


def test_unknown_names():
    with pytest.raises(ValueError, match="unknown metric"):
        metrics.get("nothing")
