"""Any cell over the steps of a sequence."""

from __future__ import annotations

from typing import Any

from .. import ops, tree
from ..errors import message
from ..mask import Mask
from ..remat_scope import in_scope
from ..scopes import STATE
from ..symbolic import KerasTensor
from ..tensor import Variable
from . import stateful
from .cells import Cell
from .layer import Layer
from .stacked_cells import StackedRNNCells, output_size, zero_states
from .time_loop import core_cells, run_in_core, run_steps

__all__ = ["RNN"]


class RNN(Layer):
    """Runs a cell over the steps: [B, T, ...] -> [B, T, H] or [B, H].

    ``SimpleRNNCell``, ``LSTMCell`` and ``GRUCell``, stacks of them too, run in the core as
    ``SimpleRNN``, ``LSTM`` and ``GRU`` do; any other cell is called step by step. ``explain`` says
    which ran.

    Args:
        cell: an object with ``call(inputs, states) -> (output, new_states)`` and ``state_size``
            (an int, or a list of them), perhaps ``output_size`` and
            ``get_initial_state(batch_size)``; a list of cells is stacked.
        return_sequences: all steps in place of the last one.
        return_state: the last states too.
        go_backwards: steps from the last to the first (the sequence comes out in that order).
        stateful: start each batch from the last states of the batch before.
        unroll: needs a known number of steps; the maths are the same.
        zero_output_for_mask: zeros at masked steps in place of the step before.

    Call arguments: ``sequences`` [B, T, ...], ``initial_state``, ``mask`` [B, T], ``training``.
    Weights: the cell's.

    Raises:
        ValueError: a cell without ``call`` or ``state_size``; a stateful layer and another batch
            size than that it was built for.

    >>> import numpy as np
    >>> from tidegate import layers, ops
    >>> class Sum(layers.Layer):
    ...     state_size = 3
    ...     def call(self, inputs, states):
    ...         total = states[0] + inputs
    ...         return total, [total]
    >>> RNN(Sum())(np.ones((1, 5, 3))).numpy()
    array([[5., 5., 5.]], dtype=float32)
    """

    takes_mask_record = True

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        for name in ("call", "state_size"):
            if name not in dir(cell):
                raise ValueError(message("RNN", f"the cell must have {name}", cell))
        sizes = cell.state_size
        if not isinstance(sizes, (int, list, tuple)):
            raise ValueError(message("RNN", "state_size must be an int or a list of them", sizes))
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards, self.stateful, self.unroll = go_backwards, stateful, unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.single_state = isinstance(sizes, int)
        self.state_size = [sizes] if isinstance(sizes, int) else list(sizes)
        self._states: list[Variable] = []
        self.remat_scope = STATE.remats[-1] if STATE.remats else None

    def rows_are_independent(self) -> bool:
        """Known only where the cell is one of the library's own."""
        return isinstance(self.cell, Layer) and super().rows_are_independent()

    # Building, states

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build the cell; make the kept states."""
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
        if self.stateful and not self._states:
            self._make_states(sequences_shape[0])

    def _make_states(self, batch: int | None) -> None:
        if batch is None:
            raise ValueError(
                message(
                    self.name,
                    "stateful=True needs a fixed batch size",
                    "batch size None",
                    "Input(batch_shape=(32, 10, 3)) as the first layer",
                )
            )
        self._states = [
            Variable(value.numpy(), dtype=self.variable_dtype, trainable=False, name="rnn_state")
            for value in tree.flatten(self.get_initial_state(batch))
        ]
        for state in self._states:
            state.path = f"{self.path}/rnn_state"

    def get_initial_state(self, batch_size: int | None) -> list[Any]:
        """The cell's own, else zeros [B, H]."""
        start = zero_states(self.cell, batch_size, self.compute_dtype)
        return list(start) if isinstance(start, (list, tuple)) else [start]

    @property
    def states(self) -> Any:
        """The kept states of a stateful layer, None before it is built."""
        return self._packed(self._states) if self._states else None

    def own_states(self) -> list[Variable]:
        """Variables that are no weights."""
        return list(self._states)

    def reset_state(self) -> None:
        """Set the kept states to zero."""
        for state in self._states:
            state.assign(state.value * 0)

    reset_states = reset_state

    def _packed(self, flat: list[Any]) -> list[Any]:
        """States in the structure of ``state_size``."""
        return tree.pack_sequence_as(self.state_size, flat)

    def _start(self, initial_state: Any, batch: int) -> list[Any]:
        if self.stateful and self._states and batch != self._states[0].shape[0]:
            raise ValueError(
                message(
                    self.name,
                    f"a stateful layer keeps states for batches of {self._states[0].shape[0]}",
                    f"a batch of {batch}",
                    "samples must be a multiple of the batch size",
                )
            )
        if initial_state is None:
            initial_state = self._states if self.stateful else self.get_initial_state(batch)
        flat = [
            ops.convert_to_tensor(s, dtype=self.compute_dtype) for s in tree.flatten(initial_state)
        ]
        wanted = len(tree.flatten(self.state_size))
        if len(flat) != wanted:
            raise ValueError(
                message(self.name, f"initial_state must have {wanted} tensors", len(flat))
            )
        return self._packed(flat)

    # The call

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False
    ) -> Any:
        """Run over the steps."""
        if mask is not None and not isinstance(mask, Mask):
            mask = Mask(mask)
        fresh = stateful.claim(self) if self.stateful else False
        try:
            states = self._start(initial_state, sequences.shape[0])
            run = self._step_by_step if core_cells(self.cell) is None else self._in_core
            if STATE.remats or self.remat_scope is not None:
                run = in_scope(self, self.remat_scope, run)
            y, states = run(sequences, states, mask, training)
            if self.stateful:
                stateful.keep(self._states, tree.flatten(states))
        finally:
            if fresh:
                stateful.release(self)
        return (y, *states) if self.return_state else y

    def _in_core(
        self, x: Any, states: list[Any], mask: Any, training: Any
    ) -> tuple[Any, list[Any]]:
        cells = core_cells(self.cell) or []
        stacked = isinstance(self.cell, StackedRNNCells)
        given = [tree.flatten(state) for state in states] if stacked else [tree.flatten(states)]
        y, last = run_in_core(
            cells, x, given, mask, training,
            return_sequences=self.return_sequences,
            go_backwards=self.go_backwards,
            zero_output_for_mask=self.zero_output_for_mask,
        )  # fmt: skip
        return y, self._packed(tree.flatten(last))

    def _step_by_step(
        self, x: Any, states: list[Any], mask: Any, training: Any
    ) -> tuple[Any, list[Any]]:
        cell = self.cell
        known = isinstance(cell, Layer)
        kwargs = {"training": training} if known and cell.signature().has_training else {}
        run = cell if callable(cell) else cell.call

        def step(inputs: Any, before: Any) -> tuple[Any, Any]:
            output, new = run(inputs, before, **kwargs)
            return output, new if tree.is_nested(new) else [new]

        drawing = [one for one in cell.flatten_layers() if isinstance(one, Cell)] if known else []
        try:
            outputs, states = run_steps(
                step, x, states, mask, self.go_backwards, self.zero_output_for_mask
            )
        finally:
            for one in drawing:
                one.reset_dropout_mask()
        return ops.stack(outputs, axis=1) if self.return_sequences else outputs[-1], states

    # Shapes, masks, configuration

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """(B, T, H) or (B, H), then the states' with ``return_state``."""
        batch, steps = sequences_shape[:2]
        size = output_size(self.cell)
        if not isinstance(size, int):
            raise ValueError(message(self.name, "output_size must be an int", size))
        y = (batch, steps, size) if self.return_sequences else (batch, size)
        if not self.return_state:
            return y
        states = [
            [(batch, s) for s in sizes] if isinstance(sizes, (list, tuple)) else (batch, sizes)
            for sizes in self.state_size
        ]
        return (y, *states)

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule."""
        shape = tuple(args[0].shape if args else kwargs["sequences"].shape)
        if self.unroll and shape[1] is None:
            raise ValueError(message(self.name, "unroll needs a known number of steps", shape))
        shapes = self.compute_output_shape(shape)
        if not self.return_state:
            return KerasTensor(shapes, self.compute_dtype)
        return tuple(
            [KerasTensor(s, self.compute_dtype) for s in one]
            if isinstance(one, list)
            else KerasTensor(one, self.compute_dtype)
            for one in shapes
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The input's mask if the output is a sequence; states have none."""
        out = tree.flatten(mask)[0] if self.return_sequences else None
        return [out, *[None] * len(self.state_size)] if self.return_state else out

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "cell": serialize(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> RNN:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        config = dict(config)
        return cls(deserialize(config.pop("cell"), custom_objects), **config)
