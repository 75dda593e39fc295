"""A graph in use: one stream of steps, or a batch of them beside each other."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .. import _core
from ..errors import message
from .graph import Graph

__all__ = ["Session"]

Array = np.ndarray[Any, Any]


class Session(_core.Session):
    """Runs a graph one step at a time and carries the states from step to step.

    Made by ``model.stream(batch=1)`` or ``graph.session(batch=1)``. The bits of ``step`` are those
    of ``model.predict`` over the whole sequence.

    Args:
        graph: what to run; its weights are shared, not copied.
        batch: rows B that advance together.
        steps: of a graph that cannot step (`Graph.step_error`), the most steps of a sequence.

    Attributes:
        batch: B.
        steps: that number, 0 if the graph can step: sequences of any length.
        nbytes: of states and scratch, all that a session adds to its graph.

    ``step(x, out=None)``: one step of every row, x [B, I] float32 -> y [B, O] float32. For a model
    that starts with an Embedding, x holds ids [B] or [B, 1], int32 or int64. y is a new array, or
    ``out`` if that is given; then nothing at all is allocated. For a model with several inputs x is
    a list of such arrays in the order of ``model.inputs``, with several outputs y and ``out`` are
    lists in the order of ``model.outputs``; ``model.stream()`` takes and gives dicts too, where
    ``model.predict`` does. Raises ValueError or TypeError for an array that cannot be read in place
    (nothing is converted here), IndexError for an id out of range; the states are then as before.

    Every step is a real step: masks do nothing here (see `tidegate.runtime.lower`). One thread at a
    time uses a session; any number of sessions may run side by side.

    >>> import tidegate
    >>> from tidegate.layers import LSTM, Input
    >>> model = tidegate.Sequential([Input((None, 3)), LSTM(4, return_sequences=True)])
    >>> session = model.stream()
    >>> x = np.ones((1, 5, 3), np.float32)
    >>> steps = [session.step(x[:, t]) for t in range(5)]
    >>> np.array_equal(np.stack(steps, axis=1), model.predict(x, verbose=0))
    True
    """

    __slots__ = ("_graph",)

    def __init__(self, graph: Graph, batch: int = 1, steps: int = 0) -> None:
        for name, value in (("batch", batch), ("steps", steps)):
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise TypeError(message("session", f"{name} must be an integer", repr(value)))
        if not 1 <= operator.index(batch) < 2**31:
            raise ValueError(
                message("session", "batch must be a positive number of rows", repr(batch))
            )
        super().__init__(graph._core, operator.index(batch), operator.index(steps))
        self._graph = graph

    @property
    def graph(self) -> Graph:
        """What runs; ``session.graph.session()`` is another stream over the same weights."""
        return self._graph

    def run(self, x: Any) -> Array:
        """All steps of x [B, T, I], or of ids [B, T], one after the other: y [B, T, O].

        The same as `step` in a loop, from the present states on; lists for several inputs or
        outputs. A graph that cannot step starts from zero states and gives what ``model.predict``
        gives: [B, T, O], or [B, O] where the model gives one row per sequence.

        Raises:
            ValueError, TypeError, IndexError: as `step`; nothing has run then.
            KeyboardInterrupt: the states are those of some step in the middle.
        """
        inputs = self._graph.inputs
        if len(inputs) == 1:
            return super().run(self._narrowed(0, x))
        if isinstance(x, (list, tuple)) and len(x) == len(inputs):
            x = [self._narrowed(number, one) for number, one in enumerate(x)]
        return super().run(x)

    def _narrowed(self, number: int, x: Any) -> Any:
        """Ids of int64 as int32."""
        if (
            not (self._graph.inputs[number].ids and isinstance(x, np.ndarray))
            or x.dtype != np.int64
        ):
            return x
        limit = self._graph.id_limit(number)
        bad = np.flatnonzero((x < 0) | (x >= limit))
        if bad.size:
            raise IndexError(
                message(
                    "run",
                    f"ids must be in [0, input_dim) = [0, {limit})",
                    f"{x.flat[bad[0]]} at position {bad[0]}",
                )
            )
        return x.astype(np.int32)

    @property
    def state(self) -> list[tuple[Array, ...]]:
        """The states of each operation that has some, in the order of ``graph.operations``.

        (h,) or, LSTM, (h, c), each [B, H]; others as `Operation.states` says. A layer that is used
        twice has states for each use. Copies; assign such a list to go on from there.

        Raises:
            ValueError: on assignment, another number of layers or states, or other shapes; of
                int8, an h outside of the range [-1, 1] that its layer rounds it in.
        """
        values = self.get_state()
        result, at = [], 0
        for states in self._layout():
            arrays = []
            for shape in states.values():
                size = math.prod(shape)
                arrays.append(values[at : at + size].reshape(shape))
                at += size
            result.append(tuple(arrays))
        return result

    @state.setter
    def state(self, states: Any) -> None:
        layout = self._layout()
        if len(states) != len(layout):
            raise ValueError(_state_error(layout, f"{len(states)} layers"))
        values = []
        for layer, wanted in zip(states, layout, strict=True):
            arrays = [np.asarray(array, dtype=np.float32) for array in layer]
            shapes = [array.shape for array in arrays]
            if shapes != list(wanted.values()):
                raise ValueError(_state_error(layout, f"shapes {[list(s) for s in shapes]}"))
            values += [array.ravel() for array in arrays]
        self._check_range(states)
        self.set_state(np.concatenate(values) if values else np.zeros(0, np.float32))

    def _check_range(self, states: Any) -> None:
        """Int8 would cut off what lies outside of a fixed range."""
        if self._graph.weights != "int8":
            return
        layers = [op for op in self._graph.operations if op.states]
        for operation, layer in zip(layers, states, strict=True):
            if "h" in operation.states and operation.bounded(reads=False):
                largest = float(np.max(np.abs(layer[0])))
                if largest > 1:
                    raise ValueError(
                        message(
                            "session",
                            f"h of layer {operation.name!r} must lie in [-1, 1] under int8",
                            f"values up to {largest:.4g}",
                        )
                    )

    def _layout(self) -> list[dict[str, tuple[int, ...]]]:
        """The shape of each state of each layer that has one."""
        if self._graph.step_error:
            return []
        return [
            {name: (self.batch, *shape) for name, shape in op.states.items()}
            for op in self._graph.operations
            if op.states
        ]

    def __repr__(self) -> str:
        return f"<Session batch={self.batch} of {self._graph!r}>"


def _state_error(wanted: list[dict[str, tuple[int, ...]]], received: str) -> str:
    layers = ", ".join(
        "(" + ", ".join(f"{name} {list(shape)}" for name, shape in states.items()) + ")"
        for states in wanted
    )
    return message("session", f"state must be a list of {layers}", received)
