"""Whether a model may be trained."""

from __future__ import annotations

import warnings
from typing import Any

from ..errors import message

__all__ = ["check_trainable", "weights_to_train"]


def check_trainable(op: str, model: Any) -> None:
    """ValueError if a layer is quantized: gradient steps would be lost in the rounding."""
    for layer in model.flatten_layers():
        if layer.quantization_mode is not None and layer.own_weights:
            raise ValueError(
                message(
                    op,
                    f"layer {layer.name!r} is quantized and cannot be trained",
                    f"quantize({layer.quantization_mode!r})",
                    "train first, then quantize; or train a clone",
                )
            )


def weights_to_train(model: Any) -> list[Any]:
    """Its trainable weights, as they are at the first step after compile; warns if none are."""
    weights = list(model.trainable_weights)
    if not weights:
        warnings.warn("The model does not have any trainable weights.", stacklevel=2)
    return weights
