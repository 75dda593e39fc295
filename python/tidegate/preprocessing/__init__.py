"""Old names of helpers: ``keras.preprocessing``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import PREPROCESSING
from .._lazy import attach

if TYPE_CHECKING:
    from ..utils.timeseries_dataset_utils import (
        timeseries_dataset_from_array as timeseries_dataset_from_array,
    )

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "sequence": ".sequence:",
        "timeseries_dataset_from_array": "..utils.timeseries_dataset_utils",
    },
    PREPROCESSING,
    "name",
)
