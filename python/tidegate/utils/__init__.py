"""Helpers: ``keras.utils``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._keras_names import UTILS
from .._lazy import attach

if TYPE_CHECKING:
    from ..dtypes import standardize_dtype as standardize_dtype
    from ..random import set_random_seed as set_random_seed
    from ..saving.objects import deserialize_keras_object as deserialize_keras_object
    from ..saving.objects import serialize_keras_object as serialize_keras_object
    from ..tensor import is_keras_tensor as is_keras_tensor
    from .batches import pack_x_y_sample_weight as pack_x_y_sample_weight
    from .batches import unpack_x_y_sample_weight as unpack_x_y_sample_weight
    from .custom_objects import CustomObjectScope as CustomObjectScope
    from .custom_objects import custom_object_scope as custom_object_scope
    from .custom_objects import get_custom_objects as get_custom_objects
    from .custom_objects import get_registered_name as get_registered_name
    from .custom_objects import get_registered_object as get_registered_object
    from .custom_objects import register_keras_serializable as register_keras_serializable
    from .dataset_utils import split_dataset as split_dataset
    from .numerical_utils import normalize as normalize
    from .numerical_utils import to_categorical as to_categorical
    from .progbar import Progbar as Progbar
    from .py_dataset import PyDataset as PyDataset
    from .sequence_utils import pad_sequences as pad_sequences
    from .session import clear_session as clear_session
    from .timeseries_dataset_utils import (
        timeseries_dataset_from_array as timeseries_dataset_from_array,
    )

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "deserialize_keras_object": "..saving.objects",
        "serialize_keras_object": "..saving.objects",
        "Progbar": ".progbar",
        "PyDataset": ".py_dataset",
        "CustomObjectScope": ".custom_objects",
        "custom_object_scope": ".custom_objects",
        "get_custom_objects": ".custom_objects",
        "get_registered_name": ".custom_objects",
        "get_registered_object": ".custom_objects",
        "register_keras_serializable": ".custom_objects",
        "clear_session": ".session",
        "is_keras_tensor": "..tensor",
        "normalize": ".numerical_utils",
        "pack_x_y_sample_weight": ".batches",
        "pad_sequences": ".sequence_utils",
        "set_random_seed": "..random",
        "split_dataset": ".dataset_utils",
        "standardize_dtype": "..dtypes",
        "timeseries_dataset_from_array": ".timeseries_dataset_utils",
        "to_categorical": ".numerical_utils",
        "unpack_x_y_sample_weight": ".batches",
    },
    UTILS,
    "name",
)
