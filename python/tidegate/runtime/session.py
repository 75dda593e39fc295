"""A graph in use: one stream of steps, or a batch of them beside each other."""

from __future__ import annotations

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

    Attributes:
        batch: B.
        nbytes: of states and scratch, all that a session adds to its graph.

    ``step(x, out=None)``: one step of every row, x [B, I] float32 -> y [B, O] float32. For a model
    that starts with an Embedding, x holds ids [B] or [B, 1], int32 or int64. y is a new array, or
    ``out`` if that is given; then nothing at all is allocated. Raises ValueError or TypeError for
    an array that cannot be read in place (nothing is converted here), IndexError for an id out of
    range; the states are then as before.

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

    def __init__(self, graph: Graph, batch: int = 1) -> None:
        if isinstance(batch, bool) or not hasattr(batch, "__index__"):
            raise TypeError(message("session", "batch must be an integer", repr(batch)))
        if not 1 <= operator.index(batch) < 2**31:
            raise ValueError(
                message("session", "batch must be a positive number of rows", repr(batch))
            )
        super().__init__(graph._core, operator.index(batch))
        self._graph = graph

    @property
    def graph(self) -> Graph:
        """What runs; ``session.graph.session()`` is another stream over the same weights."""
        return self._graph

    def run(self, x: Any) -> Array:
        """All steps of x [B, T, I], or of ids [B, T], one after the other: y [B, T, O].

        The same as `step` in a loop, from the present states on.

        Raises:
            ValueError, TypeError, IndexError: as `step`; nothing has run then.
            KeyboardInterrupt: the states are those of some step in the middle.
        """
        if self._graph.reads_ids and isinstance(x, np.ndarray) and x.dtype == np.int64:
            limit = self._graph.operations[0].input_size
            bad = np.flatnonzero((x < 0) | (x >= limit))
            if bad.size:
                raise IndexError(
                    message(
                        "run",
                        f"ids must be in [0, input_dim) = [0, {limit})",
                        f"{x.flat[bad[0]]} at position {bad[0]}",
                    )
                )
            x = x.astype(np.int32)
        return super().run(x)

    @property
    def state(self) -> list[tuple[Array, ...]]:
        """The states of each recurrent layer, in the order of the layers: (h,) or, LSTM, (h, c).

        Copies, each [B, H]. Assign such a list to go on from there.

        Raises:
            ValueError: on assignment, another number of layers or states, or other shapes.
        """
        values = self.get_state()
        result, at = [], 0
        for units, names in self._layout():
            size = self.batch * units
            ends = [at + size * (i + 1) for i in range(len(names))]
            result.append(
                tuple(values[end - size : end].reshape(self.batch, units) for end in ends)
            )
            at = ends[-1]
        return result

    @state.setter
    def state(self, states: Any) -> None:
        layout = self._layout()
        wanted = [(names, (self.batch, units)) for units, names in layout]
        if len(states) != len(layout):
            raise ValueError(_state_error(wanted, f"{len(states)} layers"))
        values = []
        for layer, (names, shape) in zip(states, wanted, strict=True):
            arrays = [np.asarray(array, dtype=np.float32) for array in layer]
            shapes = [array.shape for array in arrays]
            if shapes != [shape] * len(names):
                raise ValueError(_state_error(wanted, f"shapes {[list(s) for s in shapes]}"))
            values += [array.ravel() for array in arrays]
        self.set_state(np.concatenate(values) if values else np.zeros(0, np.float32))

    def _layout(self) -> list[tuple[int, tuple[str, ...]]]:
        return [(op.output_size, op.states) for op in self._graph.operations if op.states]

    def __repr__(self) -> str:
        return f"<Session batch={self.batch} of {self._graph!r}>"


def _state_error(wanted: list[tuple[tuple[str, ...], tuple[int, int]]], received: str) -> str:
    layers = ", ".join(f"({', '.join(names)}) each {list(shape)}" for names, shape in wanted)
    return message("session", f"state must be a list of {layers}", received)
