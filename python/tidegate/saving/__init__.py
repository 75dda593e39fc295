"""Models and weights in files: ``keras.saving``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import SAVING
from .._lazy import attach

if TYPE_CHECKING:
    from ..utils.custom_objects import CustomObjectScope as CustomObjectScope
    from ..utils.custom_objects import custom_object_scope as custom_object_scope
    from ..utils.custom_objects import get_custom_objects as get_custom_objects
    from ..utils.custom_objects import get_registered_name as get_registered_name
    from ..utils.custom_objects import get_registered_object as get_registered_object
    from ..utils.custom_objects import register_keras_serializable as register_keras_serializable
    from .errors import ModelFileError as ModelFileError
    from .errors import WeightsFileError as WeightsFileError
    from .model_file import load_model as load_model
    from .model_file import save_model as save_model
    from .objects import deserialize_keras_object as deserialize_keras_object
    from .objects import serialize_keras_object as serialize_keras_object
    from .weights import load_weights as load_weights
    from .weights import save_weights as save_weights

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "deserialize_keras_object": ".objects",
        "serialize_keras_object": ".objects",
        "CustomObjectScope": "..utils.custom_objects",
        "custom_object_scope": "..utils.custom_objects",
        "get_custom_objects": "..utils.custom_objects",
        "get_registered_name": "..utils.custom_objects",
        "get_registered_object": "..utils.custom_objects",
        "register_keras_serializable": "..utils.custom_objects",
        "save_weights": ".weights",
        "load_weights": ".weights",
        "load_model": ".model_file",
        "save_model": ".model_file",
        "ModelFileError": ".errors",
        "WeightsFileError": ".errors",
    },
    SAVING,
    "name",
)
