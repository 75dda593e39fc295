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
    from .functions import binary_crossentropy as binary_crossentropy
    from .functions import categorical_crossentropy as categorical_crossentropy
    from .functions import mean_absolute_error as mean_absolute_error
    from .functions import mean_squared_error as mean_squared_error
    from .functions import sparse_categorical_crossentropy as sparse_categorical_crossentropy
    from .loss import Loss as Loss
    from .registry import deserialize as deserialize
    from .registry import get as get
    from .registry import serialize as serialize

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Loss": ".loss",
        "BinaryCrossentropy": ".classes",
        "CategoricalCrossentropy": ".classes",
        "MeanAbsoluteError": ".classes",
        "MeanSquaredError": ".classes",
        "SparseCategoricalCrossentropy": ".classes",
        "binary_crossentropy": ".functions",
        "categorical_crossentropy": ".functions",
        "mean_absolute_error": ".functions",
        "mean_squared_error": ".functions",
        "sparse_categorical_crossentropy": ".functions",
        "deserialize": ".registry",
        "get": ".registry",
        "serialize": ".registry",
    },
    LOSSES,
    "loss",
)
