"""``model.quantize``: weights become the numbers that they have when they are kept small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import layers
from ..errors import message, not_offered
from ..layers.layer import Layer
from ..runtime.storage import WEIGHTS, kept, restored
from ..variable import Variable

__all__ = ["quantize"]

_MODES = WEIGHTS[1:]
# Keras' others.
_LATER = ("int4", "float8", "gptq", "awq")
_KERNELS = ("kernel", "recurrent_kernel", "embeddings")
_KNOWN = (
    layers.Dense,
    layers.Embedding,
    layers.GRUCell,
    layers.LSTMCell,
    layers.SimpleRNNCell,
    layers.GRU,
    layers.LSTM,
    layers.SimpleRNN,
)
# Their weights stay float32.
_KEPT = (
    layers.BatchNormalization,
    layers.Conv1D,
    layers.LayerNormalization,
    layers.Normalization,
)


def quantize(model: Any, mode: Any, config: Any, filters: Any) -> None:
    """See ``Model.quantize``."""
    if config is not None or filters is not None:
        raise not_offered("quantize", "config or filters", "quantize(mode) for all layers")
    if mode in _LATER:
        raise not_offered("quantize", f"mode={mode!r}", f"one of {', '.join(_MODES)}")
    if mode not in _MODES:
        raise ValueError(
            message("quantize", f"mode must be one of {', '.join(map(repr, _MODES))}", repr(mode))
        )
    if not model.built:
        raise ValueError(
            message(
                "quantize",
                "the model must be built",
                f"{model.name!r}, whose input shape is not known yet",
                "put an Input first, or call the model on data once",
            )
        )
    found = [layer for layer in model.flatten_layers() if layer.own_weights]
    for layer in found:
        _check(layer)
    # Computed for all layers before any of them is changed.
    changes = [change for layer in found for change in _changes(layer, mode)]
    for variable, values in changes:
        variable.assign(values)
    for layer in model.flatten_layers():
        layer._quantization_mode = mode


def _check(layer: Layer) -> None:
    if layer.quantization_mode is not None:
        raise ValueError(
            message(
                "quantize",
                f"layer {layer.name!r} is quantized already",
                layer.quantization_mode,
                "quantize a clone that has the weights from before",
            )
        )
    if not isinstance(layer, (*_KNOWN, *_KEPT)):
        raise not_offered(
            "quantize",
            f"layer {layer.name!r} of type {type(layer).__name__}",
            "models of " + ", ".join(sorted(known.__name__ for known in _KNOWN)),
        )
    if layer.variable_dtype != "float32":
        raise ValueError(
            message(
                "quantize",
                f"layer {layer.name!r} must have weights of dtype float32",
                layer.variable_dtype,
            )
        )


def _changes(layer: Layer, mode: str) -> Iterator[tuple[Variable, np.ndarray[Any, Any]]]:
    """The kernels of a layer, each with the values that its kept form stands for."""
    if isinstance(layer, _KEPT):
        return
    for variable in layer.own_weights:
        if variable.name in _KERNELS:
            arrays = {variable.name: variable.numpy()}
            yield variable, restored(variable.name, kept(layer.name, arrays, mode))
