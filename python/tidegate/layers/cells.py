"""The recurrent cells: one step each, written with ``tidegate.ops``.

``RNN(cell)`` runs one over a sequence: in the core, where the cell is one of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import activations, initializers, ops, random
from ..errors import message
from ..random import SeedGenerator
from ..symbolic import KerasTensor
from .layer import Layer
from .weight_rules import rules_config, set_rules

__all__ = ["Cell", "GRUCell", "LSTMCell", "SimpleRNNCell"]


class Cell(Layer):
    """What the three cells have in common: arguments, weights, dropout factors.

    A subclass sets ``gates`` (blocks of the kernel) and ``state_count``, and writes ``step``.
    """

    gates = 1
    state_count = 1

    def __init__(
        self,
        units: int,
        functions: tuple[Any, Any],
        use_bias: bool,
        starts: tuple[Any, Any, Any],
        rules: dict[str, Any],
        dropout: float,
        recurrent_dropout: float,
        seed: Any,
        kwargs: dict[str, Any],
    ) -> None:
        owner = type(self).__name__
        if units <= 0:
            raise ValueError(message(owner, "units must be a positive int", repr(units)))
        if self.gates > 1:  # Keras' SimpleRNNCell has one way alone
            kwargs.pop("implementation", None)
        super().__init__(**kwargs)
        self.units = units
        self.activation, self.recurrent_activation = map(activations.get, functions)
        self.use_bias = use_bias
        self.kernel_initializer, self.recurrent_initializer, self.bias_initializer = map(
            initializers.get, starts
        )
        set_rules(self, **rules)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        drops = self.dropout > 0 or self.recurrent_dropout > 0
        self.seed_generator = SeedGenerator(seed) if drops else None
        self.state_size: Any = units if self.state_count == 1 else [units] * self.state_count
        self.output_size = units
        self.kernel: Any = None
        self.recurrent_kernel: Any = None
        self.bias: Any = None
        self._factors: tuple[Any, Any] | None = None

    def build(self, input_shape: Any) -> None:
        """Make kernel [I, G*H], recurrent_kernel [H, G*H] and bias."""
        size = input_shape[-1]
        if size is None:
            raise ValueError(
                message(self.name, "the features of the input must be known", tuple(input_shape))
            )
        width = self.gates * self.units
        parts = (
            ("kernel", (size, width), self.kernel_initializer, "kernel"),
            ("recurrent_kernel", (self.units, width), self.recurrent_initializer, "recurrent"),
            ("bias", self.bias_shape(), self.bias_values(), "bias"),
        )
        for name, shape, start, rule in parts[: 3 if self.use_bias else 2]:
            weight = self.add_weight(
                shape,
                start,
                regularizer=getattr(self, f"{rule}_regularizer"),
                constraint=getattr(self, f"{rule}_constraint"),
                name=name,
            )
            setattr(self, name, weight)

    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the bias."""
        return (self.gates * self.units,)

    def bias_values(self) -> Any:
        """Initializer of the bias."""
        return self.bias_initializer

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Zero states [B, H]."""
        return [
            ops.zeros((batch_size, self.units), dtype=self.compute_dtype)
            for _ in range(self.state_count)
        ]

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        """One step: (output [B, H], new states)."""
        given = list(states) if isinstance(states, (list, tuple)) else [states]
        output, new = self.step(inputs, given, self._factors_for(inputs, given[0], training))
        return output, new if isinstance(states, (list, tuple)) else new[0]

    def step(self, x: Any, states: list[Any], factors: tuple[Any, Any]) -> Any:
        """The equations, with dropout factors for x and h; written by subclasses."""
        raise NotImplementedError

    # Dropout: the same factors for all steps of a sequence.

    def draw_factors(self, batch: int, size: int) -> tuple[Any, Any]:
        """Factors for x and h: [B, I], [B, H]; with a recurrent dropout [G, B, ...], one per gate.

        Entries are 0 or 1/(1 - rate); None where nothing is dropped.
        """
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
        return random.dropout_mask(shape, rate, self.compute_dtype, seed=self.seed_generator)

    def _factors_for(self, x: Any, h: Any, training: Any) -> tuple[Any, Any]:
        if not training or self.seed_generator is None or isinstance(x, KerasTensor):
            return None, None
        if self._factors is None:
            self._factors = self.draw_factors(x.shape[0], x.shape[-1])
        return self._factors

    def reset_dropout_mask(self) -> None:
        """Draw anew at the next step, for x and for h."""
        self._factors = None

    reset_recurrent_dropout_mask = reset_dropout_mask

    def _products(self, x: Any, weights: Any, factors: Any) -> list[Any]:
        """x times each gate's block of the weights; each gate may see other elements of x."""
        if factors is None or factors.ndim == 2:
            y = ops.matmul(x if factors is None else x * factors, weights)
            return [y] if self.gates == 1 else ops.split(y, self.gates, axis=-1)
        blocks = ops.split(weights, self.gates, axis=-1)
        return [ops.matmul(x * factors[g], block) for g, block in enumerate(blocks)]

    def _block_of(self, bias: Any) -> list[Any]:
        """The bias of each gate, 0 without one."""
        return [0.0] * self.gates if bias is None else ops.split(bias, self.gates, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": initializers.serialize(self.recurrent_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **rules_config(self, "kernel", "recurrent", "bias"),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


class SimpleRNNCell(Cell):
    """One step of ``SimpleRNN``: ``h = activation(x W + b + h_before U)``.

    Args: as ``SimpleRNN``. Call arguments: ``inputs`` [B, I], ``states`` [h], ``training``; returns
        (h, [h]). Weights: kernel [I, H], recurrent_kernel [H, H], bias [H].

    >>> import numpy as np
    >>> cell = SimpleRNNCell(4)
    >>> y, states = cell(np.zeros((2, 3)), cell.get_initial_state(2))
    >>> y.shape
    (2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        rules = {
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
        }
        starts = (kernel_initializer, recurrent_initializer, bias_initializer)
        super().__init__(
            units, (activation, None), use_bias, starts, rules, dropout, recurrent_dropout, seed,
            kwargs,
        )  # fmt: skip

    def step(self, x: Any, states: list[Any], factors: tuple[Any, Any]) -> Any:
        """The equation above."""
        z = self._products(x, self.kernel, factors[0])[0]
        if self.bias is not None:
            z = z + self.bias
        h = self.activation(z + self._products(states[0], self.recurrent_kernel, factors[1])[0])
        return h, [h]


class LSTMCell(Cell):
    """One step of ``LSTM``.

    Args: as ``LSTM``. Call arguments: ``inputs`` [B, I], ``states`` [h, c], ``training``; returns
        (h, [h, c]). Weights: kernel [I, 4H], recurrent_kernel [H, 4H], bias [4H].

    >>> import numpy as np
    >>> cell = LSTMCell(4)
    >>> y, (h, c) = cell(np.zeros((2, 3)), cell.get_initial_state(2))
    >>> y.shape, c.shape
    ((2, 4), (2, 4))
    """

    gates = 4
    state_count = 2

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        rules = {
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
        }
        starts = (kernel_initializer, recurrent_initializer, bias_initializer)
        super().__init__(
            units, (activation, recurrent_activation), use_bias, starts, rules, dropout,
            recurrent_dropout, seed, kwargs,
        )  # fmt: skip
        self.unit_forget_bias = unit_forget_bias

    def bias_values(self) -> Any:
        """Zeros, ones for the forget gate, zeros (as the initializer says)."""
        if not self.unit_forget_bias:
            return self.bias_initializer
        return _open_forget_gate(self.bias_initializer, self.units)

    def step(self, x: Any, states: list[Any], factors: tuple[Any, Any]) -> Any:
        """The equations of ``LSTM``."""
        h, c = states
        parts = zip(
            self._products(x, self.kernel, factors[0]),
            self._products(h, self.recurrent_kernel, factors[1]),
            self._block_of(self.bias),
            strict=True,
        )
        i, f, g, o = (u + b + v for u, v, b in parts)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }


class GRUCell(Cell):
    """One step of ``GRU``.

    Args: as ``GRU``. Call arguments: ``inputs`` [B, I], ``states`` [h], ``training``; returns
        (h, [h]). Weights: kernel [I, 3H], recurrent_kernel [H, 3H], bias [2, 3H] or [3H].

    >>> import numpy as np
    >>> cell = GRUCell(4)
    >>> y, states = cell(np.zeros((2, 3)), cell.get_initial_state(2))
    >>> y.shape
    (2, 4)
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        rules = {
            "kernel_regularizer": kernel_regularizer,
            "recurrent_regularizer": recurrent_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "recurrent_constraint": recurrent_constraint,
            "bias_constraint": bias_constraint,
        }
        starts = (kernel_initializer, recurrent_initializer, bias_initializer)
        super().__init__(
            units, (activation, recurrent_activation), use_bias, starts, rules, dropout,
            recurrent_dropout, seed, kwargs,
        )  # fmt: skip
        self.reset_after = reset_after

    def bias_shape(self) -> tuple[int, ...]:
        """[2, 3H], one row for x and one for h; [3H] without ``reset_after``."""
        width = 3 * self.units
        return (2, width) if self.reset_after else (width,)

    def step(self, x: Any, states: list[Any], factors: tuple[Any, Any]) -> Any:
        """The equations of ``GRU``."""
        h = states[0]
        two = self.reset_after and self.bias is not None
        u = self._products(x, self.kernel, factors[0])
        u = [a + b for a, b in zip(u, self._block_of(self.bias[0] if two else self.bias))]
        gate = self.recurrent_activation
        if self.reset_after:
            v = self._products(h, self.recurrent_kernel, factors[1])
            v = [a + b for a, b in zip(v, self._block_of(self.bias[1] if two else None))]
            z, r = gate(u[0] + v[0]), gate(u[1] + v[1])
            n = self.activation(u[2] + r * v[2])
        else:
            blocks = ops.split(self.recurrent_kernel, 3, axis=-1)
            seen = [h if factors[1] is None else h * _of_gate(factors[1], g) for g in range(3)]
            z = gate(u[0] + ops.matmul(seen[0], blocks[0]))
            r = gate(u[1] + ops.matmul(seen[1], blocks[1]))
            n = self.activation(u[2] + ops.matmul(r * seen[2], blocks[2]))
        h = z * h + (1 - z) * n
        return h, [h]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }


def _of_gate(factors: Any, gate: int) -> Any:
    return factors[gate] if factors.ndim == 3 else factors


def _open_forget_gate(bias: Callable[..., Any], units: int) -> Callable[..., Any]:
    """``[bias(H), ones(H), bias(2H)]``: a forget gate that starts open."""

    def values(shape: Any, dtype: Any = None) -> Any:
        parts = [bias((units,), dtype=dtype), ops.ones((units,), dtype=dtype)]
        return ops.concatenate([*parts, bias((2 * units,), dtype=dtype)], axis=0)

    return values
