"""Metrics: ``keras.metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import METRICS
from .._lazy import attach

if TYPE_CHECKING:
    from ..losses.functions import binary_crossentropy as binary_crossentropy
    from ..losses.functions import categorical_crossentropy as categorical_crossentropy
    from ..losses.functions import mean_absolute_error as mean_absolute_error
    from ..losses.functions import mean_squared_error as mean_squared_error
    from ..losses.functions import (
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    )
    from .accuracy import Accuracy as Accuracy
    from .accuracy import BinaryAccuracy as BinaryAccuracy
    from .accuracy import CategoricalAccuracy as CategoricalAccuracy
    from .accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
    from .accuracy import binary_accuracy as binary_accuracy
    from .accuracy import categorical_accuracy as categorical_accuracy
    from .accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
    from .metric import Metric as Metric
    from .reduction import Mean as Mean
    from .reduction import MeanMetricWrapper as MeanMetricWrapper
    from .reduction import Sum as Sum
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize
    from .regression import BinaryCrossentropy as BinaryCrossentropy
    from .regression import CategoricalCrossentropy as CategoricalCrossentropy
    from .regression import MeanAbsoluteError as MeanAbsoluteError
    from .regression import MeanSquaredError as MeanSquaredError
    from .regression import RootMeanSquaredError as RootMeanSquaredError
    from .regression import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Metric": ".metric",
        "Mean": ".reduction",
        "MeanMetricWrapper": ".reduction",
        "Sum": ".reduction",
        "Accuracy": ".accuracy",
        "BinaryAccuracy": ".accuracy",
        "CategoricalAccuracy": ".accuracy",
        "SparseCategoricalAccuracy": ".accuracy",
        "binary_accuracy": ".accuracy",
        "categorical_accuracy": ".accuracy",
        "sparse_categorical_accuracy": ".accuracy",
        "MeanAbsoluteError": ".regression",
        "MeanSquaredError": ".regression",
        "RootMeanSquaredError": ".regression",
        "BinaryCrossentropy": ".regression",
        "CategoricalCrossentropy": ".regression",
        "SparseCategoricalCrossentropy": ".regression",
        "binary_crossentropy": "..losses.functions",
        "categorical_crossentropy": "..losses.functions",
        "sparse_categorical_crossentropy": "..losses.functions",
        "mean_absolute_error": "..losses.functions",
        "mean_squared_error": "..losses.functions",
        "deserialize": ".registry",
        "get": ".registry",
        "serialize": ".registry",
    },
    METRICS,
    "metric",
)
