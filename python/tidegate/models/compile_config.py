"""What ``compile`` was told, as plain values and back."""

from __future__ import annotations

from typing import Any

from ..saving.objects import deserialize_keras_object, serialize_keras_object

__all__ = ["compile_arguments", "compile_config"]


def compile_config(arguments: dict[str, Any] | None) -> dict[str, Any]:
    """The arguments of ``compile`` as Keras writes them; {} for a model that was not compiled."""
    return {} if arguments is None else serialize_keras_object(arguments)


def compile_arguments(config: dict[str, Any]) -> dict[str, Any]:
    """The inverse."""
    return deserialize_keras_object(config)
