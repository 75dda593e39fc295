"""What each layer becomes in a graph: one rule per class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import activations, layers
from ..errors import message
from ..layers.layer import Layer
from .builder import Builder, Value, refuse

__all__ = ["lowered"]

Rule = Callable[[Builder, Any, list[Value], Any], list[Value]]


def lowered(builder: Builder, layer: Layer, reads: list[Value], node: Any) -> list[Value]:
    """The values of a call of the layer on `reads`; `node` is the call.

    Raises:
        NotOfferedError: a layer that the runtime does not know, or not in this form.
        ValueError: weights of another dtype than float32.
    """
    rule = _RULES.get(type(layer))
    if rule is None:
        known = ", ".join(sorted(known.__name__ for known in _RULES))
        raise refuse(layer, f"of type {type(layer).__name__}", f"the runtime knows {known}")
    if layer.variable_dtype != "float32":
        raise ValueError(
            message(
                "lower",
                f"layer {layer.name!r} must have weights of dtype float32, in which the runtime "
                "computes",
                layer.variable_dtype,
            )
        )
    return rule(builder, layer, reads, node)


def _one(layer: Any, reads: list[Value]) -> list[Value]:
    """The value that a layer of one input reads."""
    if len(reads) != 1:
        raise refuse(layer, f"called on {len(reads)} tensors", "one input; states start from zero")
    return reads


def _nothing(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    return _one(layer, reads)


def _embedding(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    return [
        builder.add(
            "embedding",
            layer,
            _one(layer, reads),
            layer.output_dim,
            input_size=layer.input_dim,
            weights=builder.weights(layer, "embeddings"),
        )
    ]


def _recurrent(kind: str) -> Rule:
    def rule(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
        if isinstance(node.outputs, (list, tuple)):
            raise refuse(
                layer, "with several outputs", "return_state=False; session.state holds the states"
            )
        return [
            builder.add(
                kind,
                layer,
                _one(layer, reads),
                layer.units,
                ends=not layer.return_sequences,
                activation=activations.kernel_name(layer.activation) or "",
                recurrent_activation=activations.kernel_name(layer.recurrent_activation) or "",
                reset_after=getattr(layer, "reset_after", True),
                go_backwards=layer.go_backwards,
                return_sequences=layer.return_sequences,
                weights=builder.weights(layer, "kernel", "recurrent_kernel", "bias"),
            )
        ]

    return rule


def _dense(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    weights = builder.weights(layer, "kernel", "bias")
    units = layer.kernel.shape[1]
    function = _function(layer)
    return [
        builder.add("dense", layer, _one(layer, reads), units, activation=function, weights=weights)
    ]


def _activation(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    function = _function(layer)
    value = _one(layer, reads)[0]
    if function == "linear":
        return [value]
    return [builder.add("activation", layer, [value], value.width, activation=function)]


def _function(layer: Any) -> str:
    """The name of the layer's activation, one of those that the runtime has."""
    name = activations.kernel_name(layer.activation)
    if name is None and layer.activation is activations.softmax:
        return "softmax"
    if name is None:
        given = getattr(layer.activation, "__name__", repr(layer.activation))
        known = "tanh, sigmoid, relu, linear, hard_sigmoid, softmax"
        raise refuse(layer, f"with activation {given!r}", known)
    return name


def _time_distributed(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    inner = layer.layer
    if type(inner) not in (layers.Dense, layers.Activation, layers.Dropout):
        raise refuse(
            layer,
            f"around a {type(inner).__name__}",
            "TimeDistributed around Dense, Activation or Dropout",
        )
    return lowered(builder, inner, reads, node)


def _cell(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    """RNN around one of the library's own cells is the layer of that name."""
    kinds = {layers.LSTMCell: "lstm", layers.GRUCell: "gru", layers.SimpleRNNCell: "simple_rnn"}
    kind = kinds.get(type(layer.cell))
    if kind is None:
        raise refuse(
            layer,
            f"around a {type(layer.cell).__name__}",
            "RNN around one LSTMCell, GRUCell or SimpleRNNCell",
        )
    return _recurrent(kind)(builder, _CellOf(layer), reads, node)


class _CellOf:
    """An RNN layer with its cell's weights and arguments as its own."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        own = name in ("name", "go_backwards", "return_sequences")
        return getattr(self._layer if own else self._layer.cell, name)


def _merge(kind: str) -> Rule:
    def rule(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
        _check_joined(layer, reads)
        if len(reads) == 1:
            return reads
        width = max(value.width for value in reads)
        return [builder.add(kind, layer, reads, width, input_size=width)]

    return rule


def _concatenate(builder: Builder, layer: Any, reads: list[Value], node: Any) -> list[Value]:
    _check_joined(layer, reads)
    rank = len(node.inputs[0].shape)
    if layer.axis % rank != rank - 1:
        raise refuse(layer, f"with axis={layer.axis}", "axis=-1: the features of each step")
    return [builder.add("concatenate", layer, reads, sum(value.width for value in reads))]


def _check_joined(layer: Any, reads: list[Value]) -> None:
    if len({value.sequence for value in reads}) > 1:
        raise refuse(
            layer,
            "that joins a sequence with a value that has one row per sequence",
            "sequences alone, or return_sequences=False in all that it joins",
        )


_RULES: dict[type, Rule] = {
    layers.Activation: _activation,
    layers.Add: _merge("add"),
    layers.AlphaDropout: _nothing,
    layers.Average: _merge("average"),
    layers.Concatenate: _concatenate,
    layers.Dense: _dense,
    layers.Dropout: _nothing,
    layers.Embedding: _embedding,
    layers.GRU: _recurrent("gru"),
    layers.GaussianDropout: _nothing,
    layers.GaussianNoise: _nothing,
    layers.Identity: _nothing,
    layers.LSTM: _recurrent("lstm"),
    layers.Masking: _nothing,
    layers.Maximum: _merge("maximum"),
    layers.Minimum: _merge("minimum"),
    layers.Multiply: _merge("multiply"),
    layers.RNN: _cell,
    layers.SimpleRNN: _recurrent("simple_rnn"),
    layers.SpatialDropout1D: _nothing,
    layers.Subtract: _merge("subtract"),
    layers.TimeDistributed: _time_distributed,
}
