"""Rules of layers that look at more than one step: recurrent, convolution, pooling over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import activations, layers
from .builder import Builder, Call, Value, refuse
from .rules_of_rows import function_of

__all__ = ["cell", "conv1d", "pooling", "recurrent"]


def recurrent(kind: str) -> Callable[[Builder, Call], Value]:
    """The rule of SimpleRNN, LSTM, GRU."""

    def rule(builder: Builder, call: Call) -> Value:
        layer = call.layer
        return builder.add(
            kind,
            layer,
            [call.read()],
            layer.units,
            ends=not layer.return_sequences,
            activation=activations.kernel_name(layer.activation) or "",
            recurrent_activation=activations.kernel_name(layer.recurrent_activation) or "",
            reset_after=getattr(layer, "reset_after", True),
            go_backwards=layer.go_backwards,
            return_sequences=layer.return_sequences,
            weights=builder.weights(
                layer, kernel="kernel", recurrent_kernel="recurrent_kernel", bias="bias"
            ),
        )

    return rule


def cell(builder: Builder, call: Call) -> Value:
    """RNN around one of the library's own cells is the layer of that name."""
    layer = call.layer
    kinds = {layers.LSTMCell: "lstm", layers.GRUCell: "gru", layers.SimpleRNNCell: "simple_rnn"}
    kind = kinds.get(type(layer.cell))
    if kind is None:
        raise refuse(
            layer,
            f"around a {type(layer.cell).__name__}",
            "RNN around one LSTMCell, GRUCell or SimpleRNNCell",
        )
    return recurrent(kind)(builder, Call(_CellOf(layer), call.reads, call.shapes))


class _CellOf:
    """An RNN layer with its cell's weights and arguments as its own."""

    def __init__(self, layer: Any) -> None:
        self._layer = layer

    def __getattr__(self, name: str) -> Any:
        own = name in ("name", "go_backwards", "return_sequences")
        return getattr(self._layer if own else self._layer.cell, name)


def conv1d(builder: Builder, call: Call) -> Value:
    """A product of the last steps; a stream needs padding="causal" and strides=1."""
    layer = call.layer
    channels_last(call)
    activation, alpha = function_of(layer)
    return builder.add(
        "conv1d",
        layer,
        [call.read()],
        layer.filters,
        activation=activation,
        alpha=alpha,
        kernel_size=layer.kernel_size[0],
        strides=layer.strides[0],
        dilation=layer.dilation_rate[0],
        groups=layer.groups,
        padding=layer.padding,
        weights=builder.weights(layer, kernel="kernel", bias="bias"),
    )


def pooling(kind: str) -> Callable[[Builder, Call], Value]:
    """The rule of a pooling over all steps: in a stream, over those so far."""

    def rule(builder: Builder, call: Call) -> Value:
        channels_last(call)
        value = call.read()
        return builder.add(kind, call.layer, [value], value.width, ends=True)

    return rule


def channels_last(call: Call) -> None:
    """Refuse a layer on [B, C, T]."""
    if call.layer.data_format != "channels_last":
        raise refuse(call.layer, f"with data_format={call.layer.data_format!r}", '"channels_last"')
