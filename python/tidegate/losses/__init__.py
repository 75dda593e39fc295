"""Losses: ``keras.losses``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import LOSSES
from .._lazy import attach

if TYPE_CHECKING:
    from .classes import BinaryCrossentropy as BinaryCrossentropy
    from .classes import CategoricalCrossentropy as CategoricalCrossentropy
    from .classes import MeanAbsoluteError as MeanAbsoluteError
    from .classes import MeanSquaredError as MeanSquaredError
    from .classes import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
    from .focal import BinaryFocalCrossentropy as BinaryFocalCrossentropy
    from .focal import CategoricalFocalCrossentropy as CategoricalFocalCrossentropy
    from .focal import CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy
    from .focal import binary_focal_crossentropy as binary_focal_crossentropy
    from .focal import categorical_focal_crossentropy as categorical_focal_crossentropy
    from .focal import (
        categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
    )
    from .functions import binary_crossentropy as binary_crossentropy
    from .functions import categorical_crossentropy as categorical_crossentropy
    from .functions import mean_absolute_error as mean_absolute_error
    from .functions import mean_squared_error as mean_squared_error
    from .functions import sparse_categorical_crossentropy as sparse_categorical_crossentropy
    from .loss import Loss as Loss
    from .margin import CategoricalHinge as CategoricalHinge
    from .margin import Circle as Circle
    from .margin import Hinge as Hinge
    from .margin import SquaredHinge as SquaredHinge
    from .margin import categorical_hinge as categorical_hinge
    from .margin import circle as circle
    from .margin import hinge as hinge
    from .margin import squared_hinge as squared_hinge
    from .overlap import Dice as Dice
    from .overlap import Tversky as Tversky
    from .overlap import dice as dice
    from .overlap import tversky as tversky
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize
    from .regression import CosineSimilarity as CosineSimilarity
    from .regression import Huber as Huber
    from .regression import KLDivergence as KLDivergence
    from .regression import LogCosh as LogCosh
    from .regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
    from .regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
    from .regression import Poisson as Poisson
    from .regression import cosine_similarity as cosine_similarity
    from .regression import huber as huber
    from .regression import kl_divergence as kl_divergence
    from .regression import log_cosh as log_cosh
    from .regression import mean_absolute_percentage_error as mean_absolute_percentage_error
    from .regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error
    from .regression import poisson as poisson
    from .sequence import CTC as CTC
    from .sequence import ctc as ctc

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "BinaryCrossentropy": ".classes",
        "BinaryFocalCrossentropy": ".focal",
        "CTC": ".sequence",
        "CategoricalCrossentropy": ".classes",
        "CategoricalFocalCrossentropy": ".focal",
        "CategoricalGeneralizedCrossEntropy": ".focal",
        "CategoricalHinge": ".margin",
        "Circle": ".margin",
        "CosineSimilarity": ".regression",
        "Dice": ".overlap",
        "Hinge": ".margin",
        "Huber": ".regression",
        "KLDivergence": ".regression",
        "LogCosh": ".regression",
        "Loss": ".loss",
        "MeanAbsoluteError": ".classes",
        "MeanAbsolutePercentageError": ".regression",
        "MeanSquaredError": ".classes",
        "MeanSquaredLogarithmicError": ".regression",
        "Poisson": ".regression",
        "SparseCategoricalCrossentropy": ".classes",
        "SquaredHinge": ".margin",
        "Tversky": ".overlap",
        "binary_crossentropy": ".functions",
        "binary_focal_crossentropy": ".focal",
        "categorical_crossentropy": ".functions",
        "categorical_focal_crossentropy": ".focal",
        "categorical_generalized_cross_entropy": ".focal",
        "categorical_hinge": ".margin",
        "circle": ".margin",
        "cosine_similarity": ".regression",
        "ctc": ".sequence",
        "deserialize": ".registry",
        "dice": ".overlap",
        "get": ".registry",
        "hinge": ".margin",
        "huber": ".regression",
        "kl_divergence": ".regression",
        "log_cosh": ".regression",
        "mean_absolute_error": ".functions",
        "mean_absolute_percentage_error": ".regression",
        "mean_squared_error": ".functions",
        "mean_squared_logarithmic_error": ".regression",
        "poisson": ".regression",
        "serialize": ".registry",
        "sparse_categorical_crossentropy": ".functions",
        "squared_hinge": ".margin",
        "tversky": ".overlap",
    },
    LOSSES,
    "loss",
)
