"""The metrics that a model and its layers hold as attributes."""

from __future__ import annotations

from typing import Any

from ..metric_base import MetricBase

__all__ = ["metrics_of"]


def metrics_of(model: Any) -> list[MetricBase]:
    """The model's own ones, then those of its layers, each once.

    Those of a model inside, which would be trained by itself, do not count; those of its layers do.
    """
    found = {id(metric): metric for metric in model.own_metrics()}
    for layer in model.flatten_layers():
        if not hasattr(layer, "train_step"):
            found.update((id(metric), metric) for metric in layer.own_metrics())
    return list(found.values())
