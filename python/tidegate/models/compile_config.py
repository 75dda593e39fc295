"""What ``compile`` was told, as plain values and back."""

from __future__ import annotations

import warnings
from typing import Any

from ..errors import message
from ..saving.objects import deserialize_keras_object, serialize_keras_object

__all__ = ["compile_arguments", "compile_config"]


def compile_config(arguments: dict[str, Any] | None) -> dict[str, Any]:
    """The arguments of ``compile`` as Keras writes them; {} for a model that was not compiled.

    Also {}, with a warning, where one of them has no configuration (a ``lambda``): a checkpoint
    must not end a training that has run for hours.
    """
    config = {}
    for name, value in (arguments or {}).items():
        try:
            config[name] = serialize_keras_object(value)
        except (TypeError, ValueError) as error:
            warnings.warn(
                message(
                    "compile",
                    f"{name} has no configuration, so the model is written as one that is not "
                    "compiled",
                    error,
                    "after load_model(path) call compile, then load_weights(path) for the state of "
                    "the optimizer; a named function that is registered, or passed in "
                    "custom_objects, is written",
                ),
                stacklevel=2,
            )
            return {}
    return config


def compile_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """The inverse."""
    return deserialize_keras_object(config)
