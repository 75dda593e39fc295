"""Weights in files: ``keras.saving``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import SAVING
from .._lazy import attach

if TYPE_CHECKING:
    from .safetensors import WeightsFileError as WeightsFileError
    from .weights import load_weights as load_weights
    from .weights import save_weights as save_weights

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "save_weights": ".weights",
        "load_weights": ".weights",
        "WeightsFileError": ".safetensors",
    },
    SAVING,
    "name",
)
