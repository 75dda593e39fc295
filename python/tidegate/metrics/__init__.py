"""Metrics: ``keras.metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import METRICS
from .._lazy import attach

if TYPE_CHECKING:
    from ..losses.focal import binary_focal_crossentropy as binary_focal_crossentropy
    from ..losses.focal import categorical_focal_crossentropy as categorical_focal_crossentropy
    from ..losses.functions import binary_crossentropy as binary_crossentropy
    from ..losses.functions import categorical_crossentropy as categorical_crossentropy
    from ..losses.functions import mean_absolute_error as mean_absolute_error
    from ..losses.functions import mean_squared_error as mean_squared_error
    from ..losses.functions import (
        sparse_categorical_crossentropy as sparse_categorical_crossentropy,
    )
    from ..losses.margin import categorical_hinge as categorical_hinge
    from ..losses.margin import hinge as hinge
    from ..losses.margin import squared_hinge as squared_hinge
    from ..losses.regression import huber as huber
    from ..losses.regression import kl_divergence as kl_divergence
    from ..losses.regression import log_cosh as log_cosh
    from ..losses.regression import mean_absolute_percentage_error as mean_absolute_percentage_error
    from ..losses.regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error
    from ..losses.regression import poisson as poisson
    from .accuracy import Accuracy as Accuracy
    from .accuracy import BinaryAccuracy as BinaryAccuracy
    from .accuracy import CategoricalAccuracy as CategoricalAccuracy
    from .accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
    from .accuracy import binary_accuracy as binary_accuracy
    from .accuracy import categorical_accuracy as categorical_accuracy
    from .accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
    from .auc import AUC as AUC
    from .confusion import FalseNegatives as FalseNegatives
    from .confusion import FalsePositives as FalsePositives
    from .confusion import Precision as Precision
    from .confusion import Recall as Recall
    from .confusion import TrueNegatives as TrueNegatives
    from .confusion import TruePositives as TruePositives
    from .correlation import ConcordanceCorrelation as ConcordanceCorrelation
    from .correlation import PearsonCorrelation as PearsonCorrelation
    from .correlation import concordance_correlation as concordance_correlation
    from .correlation import pearson_correlation as pearson_correlation
    from .f_score import F1Score as F1Score
    from .f_score import FBetaScore as FBetaScore
    from .iou import BinaryIoU as BinaryIoU
    from .iou import IoU as IoU
    from .iou import MeanIoU as MeanIoU
    from .iou import OneHotIoU as OneHotIoU
    from .iou import OneHotMeanIoU as OneHotMeanIoU
    from .metric import Metric as Metric
    from .operating_point import PrecisionAtRecall as PrecisionAtRecall
    from .operating_point import RecallAtPrecision as RecallAtPrecision
    from .operating_point import SensitivityAtSpecificity as SensitivityAtSpecificity
    from .operating_point import SpecificityAtSensitivity as SpecificityAtSensitivity
    from .r2_score import R2Score as R2Score
    from .reduction import Mean as Mean
    from .reduction import MeanMetricWrapper as MeanMetricWrapper
    from .reduction import Sum as Sum
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize
    from .regression import BinaryCrossentropy as BinaryCrossentropy
    from .regression import CategoricalCrossentropy as CategoricalCrossentropy
    from .regression import CategoricalHinge as CategoricalHinge
    from .regression import CosineSimilarity as CosineSimilarity
    from .regression import Hinge as Hinge
    from .regression import KLDivergence as KLDivergence
    from .regression import LogCoshError as LogCoshError
    from .regression import MeanAbsoluteError as MeanAbsoluteError
    from .regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
    from .regression import MeanSquaredError as MeanSquaredError
    from .regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
    from .regression import Poisson as Poisson
    from .regression import RootMeanSquaredError as RootMeanSquaredError
    from .regression import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
    from .regression import SquaredHinge as SquaredHinge
    from .top_k import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
    from .top_k import TopKCategoricalAccuracy as TopKCategoricalAccuracy
    from .top_k import sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy
    from .top_k import top_k_categorical_accuracy as top_k_categorical_accuracy

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "AUC": ".auc",
        "Accuracy": ".accuracy",
        "BinaryAccuracy": ".accuracy",
        "BinaryCrossentropy": ".regression",
        "BinaryIoU": ".iou",
        "CategoricalAccuracy": ".accuracy",
        "CategoricalCrossentropy": ".regression",
        "CategoricalHinge": ".regression",
        "ConcordanceCorrelation": ".correlation",
        "CosineSimilarity": ".regression",
        "F1Score": ".f_score",
        "FBetaScore": ".f_score",
        "FalseNegatives": ".confusion",
        "FalsePositives": ".confusion",
        "Hinge": ".regression",
        "IoU": ".iou",
        "KLDivergence": ".regression",
        "LogCoshError": ".regression",
        "Mean": ".reduction",
        "MeanAbsoluteError": ".regression",
        "MeanAbsolutePercentageError": ".regression",
        "MeanIoU": ".iou",
        "MeanMetricWrapper": ".reduction",
        "MeanSquaredError": ".regression",
        "MeanSquaredLogarithmicError": ".regression",
        "Metric": ".metric",
        "OneHotIoU": ".iou",
        "OneHotMeanIoU": ".iou",
        "PearsonCorrelation": ".correlation",
        "Poisson": ".regression",
        "Precision": ".confusion",
        "PrecisionAtRecall": ".operating_point",
        "R2Score": ".r2_score",
        "Recall": ".confusion",
        "RecallAtPrecision": ".operating_point",
        "RootMeanSquaredError": ".regression",
        "SensitivityAtSpecificity": ".operating_point",
        "SparseCategoricalAccuracy": ".accuracy",
        "SparseCategoricalCrossentropy": ".regression",
        "SparseTopKCategoricalAccuracy": ".top_k",
        "SpecificityAtSensitivity": ".operating_point",
        "SquaredHinge": ".regression",
        "Sum": ".reduction",
        "TopKCategoricalAccuracy": ".top_k",
        "TrueNegatives": ".confusion",
        "TruePositives": ".confusion",
        "binary_accuracy": ".accuracy",
        "binary_crossentropy": "..losses.functions",
        "binary_focal_crossentropy": "..losses.focal",
        "categorical_accuracy": ".accuracy",
        "categorical_crossentropy": "..losses.functions",
        "categorical_focal_crossentropy": "..losses.focal",
        "categorical_hinge": "..losses.margin",
        "concordance_correlation": ".correlation",
        "deserialize": ".registry",
        "get": ".registry",
        "hinge": "..losses.margin",
        "huber": "..losses.regression",
        "kl_divergence": "..losses.regression",
        "log_cosh": "..losses.regression",
        "mean_absolute_error": "..losses.functions",
        "mean_absolute_percentage_error": "..losses.regression",
        "mean_squared_error": "..losses.functions",
        "mean_squared_logarithmic_error": "..losses.regression",
        "pearson_correlation": ".correlation",
        "poisson": "..losses.regression",
        "serialize": ".registry",
        "sparse_categorical_accuracy": ".accuracy",
        "sparse_categorical_crossentropy": "..losses.functions",
        "sparse_top_k_categorical_accuracy": ".top_k",
        "squared_hinge": "..losses.margin",
        "top_k_categorical_accuracy": ".top_k",
    },
    METRICS,
    "metric",
)
