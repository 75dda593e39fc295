"""What a model is lowered to: operations with static sizes and their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..devices import kernels
from .operation import Operation

if TYPE_CHECKING:
    from .session import Session

__all__ = ["Graph"]


class Graph:
    """Operations that read each other, with a snapshot of the weights: training goes on without it.

    Made by `lower`. Any number of sessions share one graph and its packed weights.

    Attributes:
        operations: tuple of `Operation`: the inputs, then each after all that it reads.
        inputs: those of kind "input", in the order in which a session takes them.
        outputs: positions of the operations whose values leave the graph.
        reads_ids: whether x, the first input, holds ids or values.
        input_size: values per row of x, 1 for ids.
        output_size: values per row of y, the first output.
        step_error: why the graph cannot run step by step; empty if it can.
        multiply_adds: of one step, per row.
        weights: how they are kept, "float32", "bfloat16", "float16" or "int8".
        nbytes: of the weights as packed.

    >>> import numpy as np
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

    def __init__(
        self,
        operations: tuple[Operation, ...],
        outputs: tuple[int, ...],
        weights: str = "float32",
        core: Any = None,
    ) -> None:
        self.operations = operations
        self.outputs = outputs
        self.weights = weights
        if core is None:  # a file's reader has packed the weights already
            fields = [operation.fields() for operation in operations]
            core = kernels().Graph(fields, list(outputs), weights)
        self._core = core

    def session(self, batch: int = 1, steps: int = 0) -> Session:
        """A new stream over ``batch`` rows, starting from zero states.

        Args:
            steps: of a graph that cannot step, the most steps that `Session.run` is given.
        """
        from .session import Session

        return Session(self, batch, steps)

    @property
    def inputs(self) -> tuple[Operation, ...]:
        """The operations of kind "input"."""
        return tuple(operation for operation in self.operations if operation.kind == "input")

    @property
    def bounded(self) -> tuple[bool, ...]:
        """Of each operation, whether all that it gives lies in [-1, 1]: see `Operation.bounded`."""
        found: list[bool] = []
        for operation in self.operations:
            found.append(operation.bounded(all(found[read] for read in operation.reads)))
        return tuple(found)

    @property
    def reads_ids(self) -> bool:
        """Whether x holds ids."""
        return self.operations[0].ids

    def id_limit(self, number: int) -> int:
        """Ids of this input are in [0, limit): what every embedding that reads it has."""
        return min(
            op.input_size
            for op in self.operations
            if op.kind == "embedding" and op.reads == (number,)
        )

    @property
    def input_size(self) -> int:
        """Values per row of x."""
        return self.operations[0].output_size

    @property
    def output_size(self) -> int:
        """Values per row of y."""
        return self.operations[self.outputs[0]].output_size

    @property
    def step_error(self) -> str:
        """Why it cannot run step by step."""
        return self._core.step_error

    @property
    def multiply_adds(self) -> int:
        """Of one step, per row."""
        return self._core.multiply_adds

    @property
    def nbytes(self) -> int:
        """Of the packed weights, which all sessions share."""
        return self._core.nbytes

    def __repr__(self) -> str:
        parts = [
            f"{op.kind} {op.input_size} -> {op.output_size}"
            for op in self.operations
            if op.kind != "input"
        ]
        kept = "" if self.weights == "float32" else f", {self.weights}"
        return f"<Graph {', '.join(parts)}{kept}>"
