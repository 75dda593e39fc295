"""What a model is lowered to: a closed list of operations with static sizes and their weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..devices import kernels

if TYPE_CHECKING:
    from .session import Session

__all__ = ["KINDS", "Graph", "Operation"]

# The closed list. What is not in it cannot be in a graph.
KINDS = ("embedding", "simple_rnn", "lstm", "gru", "dense", "activation")
# What each recurrent kind carries from step to step.
STATES = {"simple_rnn": ("h",), "lstm": ("h", "c"), "gru": ("h",)}


@dataclass(frozen=True)
class Operation:
    """One operation of a graph; it reads what the one before it gives.

    Attributes:
        kind: one of `KINDS`.
        name: of the layer that it stands for.
        input_size: values per row that it reads; of an embedding, how many ids there are.
        output_size: values per row that it gives.
        activation: one of tanh, sigmoid, relu, linear, hard_sigmoid; of dense and activation also
            softmax.
        recurrent_activation: of the gates of lstm and gru.
        reset_after: which of the two forms a gru has.
        weights: read-only float32 arrays by Keras' names, in Keras' layout and gate order: kernel,
            recurrent_kernel, bias (left out if there is none); of an embedding, embeddings.
    """

    kind: str
    name: str
    input_size: int
    output_size: int
    activation: str = "linear"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True
    weights: dict[str, np.ndarray[Any, Any]] = field(default_factory=dict, repr=False)

    @property
    def states(self) -> tuple[str, ...]:
        """Names of what is carried from step to step, each [B, output_size]."""
        return STATES.get(self.kind, ())

    def fields(self) -> tuple[Any, ...]:
        """As the compiled core takes it."""
        kernel = self.weights.get("embeddings" if self.kind == "embedding" else "kernel")
        return (
            self.kind,
            self.input_size,
            self.output_size,
            self.activation,
            self.recurrent_activation,
            self.reset_after,
            kernel,
            self.weights.get("recurrent_kernel"),
            self.weights.get("bias"),
        )


class Graph:
    """Operations one after the other, with a snapshot of the weights: training goes on without it.

    Made by `lower`. Any number of sessions share one graph and its packed weights.

    Attributes:
        operations: tuple of `Operation`.
        reads_ids: whether x holds ids (the first operation is an embedding) or values.
        input_size: values per row of x, 1 for ids.
        output_size: values per row of y.
        multiply_adds: of one step, per row.
        weights: how kernels are kept, "float32" or "bfloat16".
        nbytes: of the weights as packed.

    >>> import tidegate
    >>> from tidegate.layers import LSTM, Dense, Input
    >>> from tidegate.runtime import lower
    >>> model = tidegate.Sequential([Input((None, 3)), LSTM(8), Dense(1)])
    >>> graph = lower(model)
    >>> graph
    <Graph lstm 3 -> 8, dense 8 -> 1>
    >>> graph.session(batch=2).step(np.zeros((2, 3), np.float32)).shape
    (2, 1)
    """

    def __init__(self, operations: tuple[Operation, ...], weights: str = "float32") -> None:
        self.operations = operations
        self.weights = weights
        self._core = kernels().Graph([operation.fields() for operation in operations], weights)

    def session(self, batch: int = 1) -> Session:
        """A new stream over ``batch`` rows, starting from zero states."""
        from .session import Session

        return Session(self, batch)

    @property
    def reads_ids(self) -> bool:
        """Whether x holds ids."""
        return self._core.reads_ids

    @property
    def input_size(self) -> int:
        """Values per row of x."""
        return self._core.input_size

    @property
    def output_size(self) -> int:
        """Values per row of y."""
        return self._core.output_size

    @property
    def multiply_adds(self) -> int:
        """Of one step, per row."""
        return self._core.multiply_adds

    @property
    def nbytes(self) -> int:
        """Of the packed weights, which all sessions share."""
        return self._core.nbytes

    def __repr__(self) -> str:
        parts = [f"{op.kind} {op.input_size} -> {op.output_size}" for op in self.operations]
        kept = "" if self.weights == "float32" else f", {self.weights}"
        return f"<Graph {', '.join(parts)}{kept}>"
