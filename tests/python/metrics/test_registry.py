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


def test_what_keras_has_and_we_lack_is_named():
    with pytest.raises(NotImplementedError, match="AUC"):
        metrics.get("AUC")
    with pytest.raises(AttributeError, match="Precision is a Keras metric"):
        metrics.Precision  # noqa: B018
    with pytest.raises(ValueError, match="unknown metric"):
        metrics.get("nothing")
