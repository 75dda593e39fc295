"""Whether a model may be trained."""

from __future__ import annotations

from typing import Any

from ..errors import message

__all__ = ["check_trainable"]


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
