"""From a model to a graph: the one place that knows which layers the runtime can run.

Masks: every step that is given to a session is a real step. `Masking` and `mask_zero=True` tell
padding from data inside a batch of sequences; a stream has no padding, so they change nothing here,
and an id 0 or a step of zeros is computed like any other. Leave padding out instead of sending it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import activations, layers
from ..errors import message, not_offered
from ..layers.layer import Layer
from ..models.model import Model
from .graph import Graph, Operation

__all__ = ["lower"]

_WHOLE_SEQUENCE = "a stream gives one step at a time; model.predict(x) runs whole sequences"


def lower(model: Any, weights: str = "float32") -> Graph:
    """The graph of a model: its operations with static sizes and a snapshot of its weights.

    A model is a chain from one input to one output: Sequential, or functional with nothing beside
    the chain, models inside it included. Layers: Input, Embedding, SimpleRNN, LSTM, GRU, Dense,
    Activation, TimeDistributed around Dense or Activation; Dropout, Masking and masks do nothing in
    a stream. A recurrent layer with ``return_sequences=False`` gives its state after every step.

    Args:
        model: built, with float32 weights. One of the policy "mixed_bfloat16" computes in float32
            here; only `weights` says whether kernels are rounded.
        weights: how kernels are kept, "float32" or "bfloat16"; see `stream`.

    Raises:
        ValueError: a model that is not built, that is no chain, or that cannot run step by step
            (Bidirectional, go_backwards).
        NotOfferedError: a layer that the runtime does not know yet. Errors name the layer.

    >>> import tidegate
    >>> from tidegate.layers import GRU, Bidirectional, Dense, Input
    >>> lower(tidegate.Sequential([Input((None, 3)), GRU(8), Dense(2)]))
    <Graph gru 3 -> 8, dense 8 -> 2>
    >>> lower(tidegate.Sequential([Input((None, 3)), Bidirectional(GRU(8), name="both")]))
    Traceback (most recent call last):
        ...
    ValueError: [lower] layer 'both' cannot run step by step: its second half starts at the ...
    """
    if not isinstance(model, Model):
        raise TypeError(message("lower", "model must be a Model", type(model).__name__))
    _check_input(model)
    operations: list[Operation] = []
    width = model.inputs[0].shape[-1]
    for layer in _chain(model):
        operation = _lowered(layer, width)
        if operation is not None:
            operations.append(operation)
            width = operation.output_size
    if not operations:
        raise ValueError(
            message("lower", "a model must have a layer that computes", f"{model.name!r}")
        )
    return Graph(tuple(operations), weights)


def _check_input(model: Model) -> None:
    if model._graph is None:
        raise ValueError(
            message(
                "lower",
                "the model must be built",
                f"{model.name!r}, whose input shape is not known yet",
                "put an Input first, or call the model on data once",
            )
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise not_offered(
            "lower",
            f"a model with {len(model.inputs)} inputs and {len(model.outputs)} outputs",
            "a chain from one Input to one output",
        )
    shape = model.inputs[0].shape
    if len(shape) > 3 or (shape[-1:] == (None,) and len(shape) == 3):
        raise ValueError(
            message(
                "lower",
                "the input must be [B, T, I] with a known I, or ids [B, T]",
                list(shape),
            )
        )


def _chain(model: Model) -> Iterator[Layer]:
    """The layers of the model in the order of the data, those of models inside it too."""
    assert model._graph is not None
    value = model.inputs[0]
    for node in model._graph.nodes:
        name = getattr(node.operation, "name", type(node.operation).__name__)
        inputs = node.inputs
        if len(inputs) != 1 or inputs[0] is not value:
            raise not_offered(
                "lower",
                f"{name!r}, which joins or branches, in a stream",
                "each layer must read what the one before it gives, and nothing else",
            )
        if node.kwargs.get("training"):
            raise ValueError(
                message("lower", f"layer {name!r} must not be called with training=True", True)
            )
        if not isinstance(node.operation, Layer):
            raise not_offered(
                "lower", f"the operation {name!r}, which is no layer,", "layers.Activation or Dense"
            )
        if isinstance(node.outputs, (list, tuple)):
            raise not_offered(
                "lower",
                f"layer {name!r} with several outputs",
                "return_state=False; session.state holds the states",
            )
        value = node.outputs
        if isinstance(node.operation, Model):
            _check_input(node.operation)
            yield from _chain(node.operation)
        else:
            yield node.operation
    if value is not model.outputs[0]:
        raise not_offered("lower", f"{model.name!r}, whose output is not that of its last layer")


def _lowered(layer: Layer, width: int | None) -> Operation | None:
    """The operation of a layer that reads ``width`` values per row; None if it does nothing."""
    rule = _RULES.get(type(layer))
    if rule is None:
        raise not_offered(
            "lower",
            f"layer {layer.name!r} of type {type(layer).__name__}",
            "the runtime knows " + ", ".join(sorted(known.__name__ for known in _RULES)),
        )
    if layer.variable_dtype != "float32":
        raise ValueError(
            message(
                "lower",
                f"layer {layer.name!r} must have weights of dtype float32, in which the runtime "
                "computes",
                layer.variable_dtype,
            )
        )
    return rule(layer, width)


def _nothing(layer: Any, width: int | None) -> None:
    return None


def _embedding(layer: Any, width: int | None) -> Operation:
    weights = {"embeddings": _snapshot(layer.embeddings)}
    return Operation("embedding", layer.name, layer.input_dim, layer.output_dim, weights=weights)


def _recurrent(kind: str) -> Callable[[Any, int | None], Operation]:
    def rule(layer: Any, width: int | None) -> Operation:
        if layer.go_backwards:
            raise ValueError(
                message(
                    "lower",
                    f"layer {layer.name!r} cannot run step by step: it starts at the last step of "
                    "the sequence",
                    "go_backwards=True",
                    _WHOLE_SEQUENCE,
                )
            )
        return Operation(
            kind,
            layer.name,
            layer.kernel.shape[0],
            layer.units,
            activations.kernel_name(layer.activation) or "",
            activations.kernel_name(layer.recurrent_activation) or "",
            getattr(layer, "reset_after", True),
            _weights(layer, "kernel", "recurrent_kernel", "bias"),
        )

    return rule


def _bidirectional(layer: Any, width: int | None) -> Operation:
    raise ValueError(
        message(
            "lower",
            f"layer {layer.name!r} cannot run step by step: its second half starts at the last "
            "step of the sequence",
            "Bidirectional",
            _WHOLE_SEQUENCE,
        )
    )


def _dense(layer: Any, width: int | None) -> Operation:
    size, units = layer.kernel.shape
    weights = _weights(layer, "kernel", "bias")
    return Operation("dense", layer.name, size, units, _function(layer), weights=weights)


def _activation(layer: Any, width: int | None) -> Operation | None:
    function = _function(layer)
    if function == "linear":
        return None
    assert width is not None
    return Operation("activation", layer.name, width, width, function)


def _time_distributed(layer: Any, width: int | None) -> Operation | None:
    inner = layer.layer
    if type(inner) not in (layers.Dense, layers.Activation, layers.Dropout):
        raise not_offered(
            "lower",
            f"layer {layer.name!r} around a {type(inner).__name__}",
            "TimeDistributed around Dense, Activation or Dropout",
        )
    return _lowered(inner, width)


def _function(layer: Any) -> str:
    """The name of the layer's activation, one of those that the runtime has."""
    name = activations.kernel_name(layer.activation)
    if name is None and layer.activation is activations.softmax:
        return "softmax"
    if name is None:
        given = getattr(layer.activation, "__name__", repr(layer.activation))
        raise not_offered(
            "lower",
            f"layer {layer.name!r} with activation {given!r}",
            "tanh, sigmoid, relu, linear, hard_sigmoid, softmax",
        )
    return name


def _weights(layer: Any, *names: str) -> dict[str, np.ndarray[Any, Any]]:
    found = {name: getattr(layer, name) for name in names}
    return {name: _snapshot(value) for name, value in found.items() if value is not None}


def _snapshot(variable: Any) -> np.ndarray[Any, Any]:
    values = np.array(variable.numpy(), dtype=np.float32, order="C")
    values.flags.writeable = False
    return values


def _cell(layer: Any, width: int | None) -> Operation:
    """RNN around one of the library's own cells is the layer of that name."""
    kinds = {layers.LSTMCell: "lstm", layers.GRUCell: "gru", layers.SimpleRNNCell: "simple_rnn"}
    kind = kinds.get(type(layer.cell))
    if kind is None:
        raise not_offered(
            "lower",
            f"layer {layer.name!r} around a {type(layer.cell).__name__}",
            "RNN around one LSTMCell, GRUCell or SimpleRNNCell",
        )
    return _recurrent(kind)(_CellOf(layer), width)


class _CellOf:
    """An RNN layer with its cell's weights and arguments as its own."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        own = name in ("name", "go_backwards")
        return getattr(self._layer if own else self._layer.cell, name)


_RULES: dict[type, Callable[[Any, int | None], Operation | None]] = {
    layers.Activation: _activation,
    layers.AlphaDropout: _nothing,
    layers.Bidirectional: _bidirectional,
    layers.Dense: _dense,
    layers.Dropout: _nothing,
    layers.Embedding: _embedding,
    layers.GRU: _recurrent("gru"),
    layers.GaussianDropout: _nothing,
    layers.GaussianNoise: _nothing,
    layers.Identity: _nothing,
    layers.LSTM: _recurrent("lstm"),
    layers.Masking: _nothing,
    layers.RNN: _cell,
    layers.SimpleRNN: _recurrent("simple_rnn"),
    layers.SpatialDropout1D: _nothing,
    layers.TimeDistributed: _time_distributed,
}
