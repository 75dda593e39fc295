"""What SimpleRNN, LSTM and GRU have in common: arguments, states, dropout masks, the mask."""

from __future__ import annotations

from typing import Any

from .. import activations, initializers, ops, random, regularizers, tree
from ..errors import message, not_offered
from ..ops.recurrent import check_truncate, run_cell
from ..random import SeedGenerator
from ..remat_scope import in_scope
from ..scopes import STATE
from ..tensor import Tensor, Variable
from . import stateful
from .input_spec import InputSpec
from .layer import Layer
from .own_cell import own_cell, share
from .weight_rules import rules_config, rules_for, set_rules

__all__ = ["Recurrent"]

_ACTIVATIONS = ("tanh", "sigmoid", "relu", "linear", "hard_sigmoid")


class Recurrent(Layer):
    """Base of the recurrent layers; a subclass gives its weights and its op.

    Subclasses set ``_cell`` (the name of the op), ``gates`` (blocks of the kernel) and
    ``state_count``.
    """

    takes_mask_record = True
    _cell = ""
    gates = 1
    state_count = 1
    reset_after = True

    def __init__(
        self,
        units: int,
        activation: Any,
        recurrent_activation: Any,
        use_bias: bool,
        initializers_: tuple[Any, Any, Any],
        rules: dict[str, Any],
        dropout: float,
        recurrent_dropout: float,
        seed: Any,
        flags: dict[str, bool],
        **kwargs: Any,
    ) -> None:
        if self.gates > 1:  # Keras' SimpleRNN takes neither
            _check_way(type(self).__name__, kwargs)
        zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        truncate = kwargs.pop("truncate", None)
        super().__init__(**kwargs)
        owner = type(self).__name__
        set_rules(self, **rules)
        if not hasattr(units, "__index__") or isinstance(units, bool) or units < 1:
            raise ValueError(message(owner, "units must be a positive int", repr(units)))
        check_truncate(owner, truncate)
        self.truncate = truncate
        self.remat_scope = STATE.remats[-1] if STATE.remats else None
        self.units = int(units)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self._activation = _kernel_activation(owner, "activation", self.activation)
        self._recurrent_activation = _kernel_activation(
            owner, "recurrent_activation", self.recurrent_activation
        )
        self.use_bias = use_bias
        self.kernel_initializer, self.recurrent_initializer, self.bias_initializer = map(
            initializers.get, initializers_
        )
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        drops = self.dropout > 0 or self.recurrent_dropout > 0
        self.seed_generator = SeedGenerator(seed) if drops else None
        self.return_sequences = flags["return_sequences"]
        self.return_state = flags["return_state"]
        self.go_backwards = flags["go_backwards"]
        self.stateful = flags["stateful"]
        self.unroll = flags["unroll"]
        self.zero_output_for_mask = zero_output_for_mask
        self.input_spec = InputSpec(ndim=3)
        self.supports_masking = True
        self.kernel: Any = None
        self.recurrent_kernel: Any = None
        self.bias: Any = None
        self._states: list[Variable] = []
        self._shared_cell: Any = None

    # Weights and states

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Make kernel [I, G*H], recurrent_kernel [H, G*H] and bias; zero states if stateful."""
        batch, steps, size = sequences_shape
        if size is None:
            raise ValueError(
                message(
                    self.name, "the features of the input must be known", tuple(sequences_shape)
                )
            )
        if self.unroll and steps is None:
            raise ValueError(
                message(self.name, "unroll needs a known number of steps", tuple(sequences_shape))
            )
        if self._shared_cell is not None and self._shared_cell.built:
            self._take_weights(self._shared_cell, size)
        else:
            self._make_weights(size)
            if self._shared_cell is not None:
                share(self, self._shared_cell)
        self.input_spec = InputSpec(ndim=3, axes={2: size})
        if self.stateful:
            self._make_states(batch)

    def _make_weights(self, size: int) -> None:
        cell = self.cell_name
        width = self.gates * self.units
        self.kernel = self.add_weight(
            (size, width),
            self.kernel_initializer,
            name="kernel",
            scope=cell,
            **rules_for(self, "kernel"),
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, width),
            self.recurrent_initializer,
            name="recurrent_kernel",
            scope=cell,
            **rules_for(self, "recurrent"),
        )
        if self.use_bias:
            self.bias = self.add_weight(
                self.bias_shape(),
                self.bias_values(),
                name="bias",
                scope=cell,
                **rules_for(self, "bias"),
            )

    def _take_weights(self, cell: Any, size: int) -> None:
        """Those of a cell that was built before its layer."""
        if cell.kernel.shape[0] != size:
            raise ValueError(
                message(self.name, f"the cell was built for {cell.kernel.shape[0]} features", size)
            )
        self.kernel, self.recurrent_kernel, self.bias = (
            cell.kernel,
            cell.recurrent_kernel,
            cell.bias,
        )

    def _set_trainable(self, value: bool) -> None:
        super()._set_trainable(value)
        if self._shared_cell is not None:
            self._shared_cell._set_trainable(value)

    @property
    def cell_name(self) -> str:
        """The part of the weights' paths that is the cell's, as in Keras."""
        return f"{self._cell}_cell"

    @property
    def cell(self) -> Any:
        """One step of the layer as a cell: the same variables, and what ``call`` computes."""
        return own_cell(self)

    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the bias."""
        return (self.gates * self.units,)

    def bias_values(self) -> Any:
        """Initializer of the bias."""
        return self.bias_initializer

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
            Variable("zeros", (batch, self.units), self._dtype, trainable=False, name="rnn_state")
            for _ in range(self.state_count)
        ]
        for state in self._states:
            state.path = f"{self.path}/rnn_state"

    @property
    def state_size(self) -> Any:
        """Sizes of the states: H, or [H, H] for h and c."""
        return self.units if self.state_count == 1 else [self.units] * self.state_count

    @property
    def states(self) -> list[Variable] | None:
        """The kept states of a stateful layer: [h] or [h, c]."""
        return list(self._states) if self.stateful else None

    def own_states(self) -> list[Variable]:
        """Variables that are no weights."""
        return list(self._states)

    def reset_state(self) -> None:
        """Set the kept states to zero."""
        for state in self._states:
            state.assign(state.value * 0)

    reset_states = reset_state

    def get_initial_state(self, batch_size: int) -> list[Tensor]:
        """Zero states [B, H]."""
        return [
            ops.zeros((batch_size, self.units), dtype=self._compute)
            for _ in range(self.state_count)
        ]

    def initial_states(self, initial_state: Any, batch: int | None) -> list[Any] | None:
        """The states to start from: those given, those kept, or None for zeros."""
        if initial_state is None:
            if not self.stateful:
                return None
            kept = self._states[0].shape[0]
            if batch is not None and batch != kept:
                raise ValueError(
                    message(
                        self.name,
                        f"a stateful layer keeps states for batches of {kept}",
                        f"a batch of {batch}",
                        "samples must be a multiple of the batch size",
                    )
                )
            return list(self._states)
        states = tree.flatten(initial_state)
        if len(states) != self.state_count:
            raise ValueError(
                message(
                    self.name,
                    f"initial_state must have {self.state_count} tensor(s)",
                    f"{len(states)}",
                    "[h, c] for LSTM, [h] for GRU and SimpleRNN, each [B, H]",
                )
            )
        return states

    # The call

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False
    ) -> Any:
        """Run over the steps: [B, T, I] -> [B, T, H], or [B, H] of the last step, then states."""
        if initial_state is None and not self.stateful and self.seed_generator is None:
            return self._run(sequences, None, mask, (None, None))
        fresh = stateful.claim(self) if self.stateful else False
        try:
            states = self.initial_states(initial_state, sequences.shape[0])
            x_dropout, h_dropout = self.dropout_masks(sequences, training)
            result = self._run(sequences, states, mask, (x_dropout, h_dropout))
            if self.stateful and isinstance(result[0], Tensor):
                stateful.keep(self._states, result[1:])
        finally:
            if fresh:
                stateful.release(self)
        return result[0] if self.stateful and not self.return_state else result

    def _run(
        self, x: Any, initial_state: list[Any] | None, mask: Any, dropout: tuple[Any, Any]
    ) -> Any:
        """One call of the op, within the scope of memory modes that counts for this layer."""
        run = run_cell
        if STATE.remats or self.remat_scope is not None:
            run = in_scope(self, self.remat_scope, run_cell)
        return run(
            self._cell,
            x,
            (self.kernel, self.recurrent_kernel, self.bias),
            initial_state,
            mask,
            (self._activation, self._recurrent_activation),
            (
                self.return_sequences,
                self.return_state or self.stateful,
                self.go_backwards,
                self.zero_output_for_mask,
            ),
            dropout,
            self.reset_after,
            self.truncate,
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The input's mask if the output is a sequence; states have none."""
        own = None if mask is None else tree.flatten(mask)[0]
        out = own if self.return_sequences else None
        return [out, *[None] * self.state_count] if self.return_state else out

    def dropout_masks(self, x: Any, training: Any) -> tuple[Any, Any]:
        """Masks of this batch, for x and h: [B, I], [B, H], or one per gate [G, B, ...].

        They are the same for all steps. Entries are 0 or 1/(1 - rate). With recurrent dropout
        each gate has its own masks, as Keras' implementation 1 has.
        """
        if not training or self.seed_generator is None or not isinstance(x, Tensor):
            return None, None
        batch, _, size = x.shape
        gates = self.gates if self._drops(self.recurrent_dropout) else 1
        return (
            self._draw(self.dropout, gates, batch, size),
            self._draw(self.recurrent_dropout, gates, batch, self.units),
        )

    def _drops(self, rate: float) -> bool:
        # Keras: a rate of exactly 1 drops nothing in LSTM and GRU, everything in SimpleRNN.
        return 0 < rate < 1 or (rate == 1 and self.gates == 1)

    def _draw(self, rate: float, gates: int, batch: int, size: int) -> Any:
        if not self._drops(rate):
            return None
        shape = (batch, size) if gates == 1 else (gates, batch, size)
        if rate == 1:
            return ops.zeros(shape, dtype=self._dtype)
        return random.dropout_mask(shape, rate, self._dtype, seed=self.seed_generator)

    # Configuration

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": initializers.serialize(self.recurrent_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **rules_config(self, "kernel", "recurrent", "bias"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            **({} if self.truncate is None else {"truncate": self.truncate}),
        }


def _check_way(owner: str, kwargs: dict[str, Any]) -> None:
    """Take out what chooses among Keras' ways; here there is one."""
    kwargs.pop("implementation", None)
    way = kwargs.pop("use_cudnn", "auto")
    if way not in ("auto", True, False):
        raise ValueError(message(owner, 'use_cudnn must be "auto", True or False', repr(way)))


def _kernel_activation(owner: str, argument: str, function: Any) -> str:
    """The name of an activation that the recurrent kernels have."""
    name = activations.kernel_name(function)
    if name is None:
        given = getattr(function, "__name__", repr(function))
        raise not_offered(
            owner, f"{argument}={given!r}", f"recurrent layers take one of {_ACTIVATIONS}"
        )
    return name
