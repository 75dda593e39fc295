"""Models: ``keras.models``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import MODELS
from .._lazy import attach

if TYPE_CHECKING:
    from ..saving.model_file import load_model as load_model
    from ..saving.model_file import save_model as save_model
    from .cloning import clone_model as clone_model
    from .cloning import model_from_json as model_from_json
    from .model import Model as Model
    from .sequential import Sequential as Sequential

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "Model": ".model",
        "clone_model": ".cloning",
        "load_model": "..saving.model_file",
        "save_model": "..saving.model_file",
        "model_from_json": ".cloning",
        "Sequential": ".sequential",
    },
    MODELS,
    "name",
)
