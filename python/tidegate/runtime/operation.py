"""What graphs are made of: one operation, its sizes and its weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["ARRAYS", "KINDS", "Operation", "array_names"]

# The closed list. What is not in it cannot be in a graph. cpp/include/tidegate/operation.h says
# what each computes.
KINDS = (
    "input",
    "embedding",
    "simple_rnn",
    "lstm",
    "gru",
    "dense",
    "activation",
    "add",
    "multiply",
    "average",
    "maximum",
    "minimum",
    "subtract",
    "concatenate",
    "layer_normalization",
    "scale",
    "conv1d",
    "global_average_pooling",
    "global_max_pooling",
    "reverse",
)

# Functions into [-1, 1].
BOUNDED = ("tanh", "sigmoid", "hard_sigmoid", "softmax")

_NAMES = {
    "embedding": ("embeddings", "", "", "embeddings_scale", ""),
    "layer_normalization": ("gamma", "", "beta", "", ""),
    "scale": ("scale", "", "offset", "", ""),
}


# What the core calls the arrays of an operation.
ARRAYS = ("kernel", "recurrent_kernel", "bias", "kernel_scale", "recurrent_kernel_scale")


def array_names(kind: str) -> tuple[str, ...]:
    """What each of `ARRAYS` is called in an operation."""
    return _NAMES.get(kind, ARRAYS)


@dataclass(frozen=True)
class Operation:
    """One operation of a graph: from values of operations before it to one value.

    Its value has a row of `output_size` numbers per step of the sequence, or, behind an operation
    that takes a whole sequence to one row, one row; a stream gives that row after every step.

    Attributes:
        kind: one of `KINDS`.
        name: of the layer that it stands for.
        reads: positions in the graph of the operations whose values it reads; of an input ().
        input_size: numbers per row that it reads, of all values together (of add, multiply,
            average, maximum, minimum, subtract: that it gives; each value has as many, or 1); of an
            embedding, how many ids there are; of an input 0.
        output_size: numbers per row that it gives; 1 for an input of ids.
        activation: of dense, conv1d, activation: tanh, sigmoid, relu, linear, hard_sigmoid,
            softmax, leaky_relu, elu, silu; of simple_rnn, lstm, gru one of the first five.
        recurrent_activation: of the gates of lstm and gru.
        alpha: of leaky_relu (the slope) and elu.
        reset_after: which of the two forms a gru has.
        go_backwards: of simple_rnn, lstm, gru: starts at the last step; its rows are in that order.
        return_sequences: of those: a row per step, or the last one alone.
        ids: an input of ids for embeddings, [B, T] or, a step, [B].
        sequence: an input with a row per step, or with one row per sequence.
        epsilon: of layer_normalization.
        kernel_size, strides, dilation, groups: of conv1d, in steps; groups of features.
        padding: of conv1d, "causal", "valid" or "same".
        weights: read-only arrays by Keras' names, in Keras' layout and gate order, float32 or as
            they are kept (`storage`: float16; bfloat16 as uint16; int8 beside kernel_scale,
            recurrent_kernel_scale [G*H], embeddings_scale [V]): kernel,
            recurrent_kernel, bias (left out if there is none); of an embedding, embeddings; of
            layer_normalization, gamma and beta, each [O] or left out; of scale, scale and offset
            [O]. A layer that is used twice gives two operations with the same arrays.
    """

    kind: str
    name: str
    input_size: int
    output_size: int
    reads: tuple[int, ...] = ()
    activation: str = "linear"
    recurrent_activation: str = "sigmoid"
    alpha: float = 0.0
    reset_after: bool = True
    go_backwards: bool = False
    return_sequences: bool = True
    ids: bool = False
    sequence: bool = True
    epsilon: float = 0.0
    kernel_size: int = 1
    strides: int = 1
    dilation: int = 1
    groups: int = 1
    padding: str = "causal"
    weights: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict, repr=False)

    @property
    def states(self) -> dict[str, tuple[int, ...]]:
        """What is carried from step to step: the shape of each state, per row, by name.

        h [H], and c [H] of an lstm; of a causal conv1d, history [(K - 1) * dilation, I], the oldest
        step first; of global_average_pooling, total [O] and count [2], the number of steps as
        count[0] * 2^24 + count[1]; of global_max_pooling, largest [O].
        """
        size = (self.output_size,)
        if self.kind == "lstm":
            return {"h": size, "c": size}
        if self.kind in ("simple_rnn", "gru"):
            return {"h": size}
        before = (self.kernel_size - 1) * self.dilation
        if self.kind == "conv1d" and before:
            return {"history": (before, self.input_size)}
        if self.kind == "global_average_pooling":
            return {"total": size, "count": (2,)}
        return {"largest": size} if self.kind == "global_max_pooling" else {}

    def bounded(self, reads: bool) -> bool:
        """Whether all that it gives lies in [-1, 1]; `reads` says it of all that it reads.

        Under int8 such rows are rounded in that range, others in the range that each of them has.
        """
        if self.kind in ("lstm", "gru") and self.recurrent_activation not in BOUNDED:
            return False
        if self.kind in ("lstm", "gru", "simple_rnn", "dense", "activation", "conv1d"):
            return self.activation in BOUNDED
        return reads and self.kind in ("concatenate", "reverse")

    def fields(self) -> dict[str, Any]:
        """As the compiled core takes it."""
        names = array_names(self.kind)
        arrays = {name: self.weights.get(key) for name, key in zip(ARRAYS, names)}
        return {
            "kind": self.kind,
            "name": self.name,
            "reads": self.reads,
            "inputs": self.input_size,
            "outputs": self.output_size,
            "activation": self.activation,
            "recurrent_activation": self.recurrent_activation,
            "alpha": self.alpha,
            "reset_after": self.reset_after,
            "go_backwards": self.go_backwards,
            "return_sequences": self.return_sequences,
            "ids": self.ids,
            "sequence": self.sequence,
            "epsilon": self.epsilon,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "dilation": self.dilation,
            "groups": self.groups,
            "padding": self.padding,
            **{name: _bits(array) for name, array in arrays.items()},
        }


def _bits(array: np.ndarray[Any, Any] | None) -> np.ndarray[Any, Any] | None:
    """Numbers of 16 bits as the integers that have their bits."""
    return array.view(np.uint16) if array is not None and array.dtype == np.float16 else array
