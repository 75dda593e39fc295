"""One step of each recurrent cell, as Keras 3.15.1 defines it.

With W = kernel [I, G*H], U = recurrent_kernel [H, G*H] and b = bias, a = activation and
s = recurrent_activation, gates side by side in the last axis:

SimpleRNN (G = 1)     h' = a(x W + h U + b)
LSTM (i, f, c, o)     c' = s(f) * c + s(i) * a(c~);  h' = s(o) * a(c')
GRU (z, r, h)         h' = z * h + (1 - z) * n
  reset_after         n = a(x W_h + b0_h + r * (h U_h + b1_h)), bias [2, 3H]
  not reset_after     n = a(x W_h + b_h + (r * h) U_h), bias [3H]

Dropout masks are factors of x and h, either one for all gates, [1, B, I] and [1, B, H], or one per
gate, [G, B, I] and [G, B, H]. The state that the GRU mixes in, z * h, and the LSTM's c are never
dropped.

Sources: Elman 1990 (SimpleRNN); Hochreiter and Schmidhuber 1997, Gers et al. 2000 (LSTM); Cho et
al. 2014 (GRU).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tidegate.reference.activations import Activation, Array

States = tuple[Array, ...]


class Weights(NamedTuple):
    """kernel [I, G*H], recurrent_kernel [H, G*H], bias (None, [G*H], or [2, 3H] of a GRU)."""

    kernel: Array
    recurrent_kernel: Array
    bias: Array | None = None
    reset_after: bool = True

    @property
    def units(self) -> int:
        """H."""
        return self.recurrent_kernel.shape[0]


class Functions(NamedTuple):
    """The two activations of a cell; SimpleRNN uses the first alone."""

    activation: Activation
    recurrent_activation: Activation


class Factors(NamedTuple):
    """Dropout masks of x and h: None, [1, B, .] for all gates or [G, B, .]."""

    x: Array | None = None
    h: Array | None = None


def gate(matrix: Array, index: int, units: int) -> Array:
    """The columns of one gate: a view [rows, H] of [rows, G*H]."""
    return matrix[..., index * units : (index + 1) * units]


def dropped(row: Array, factors: Array | None, index: int) -> Array:
    """What gate `index` sees of row [B, N]."""
    if factors is None:
        return row
    return row * (factors[0] if len(factors) == 1 else factors[index])


def project(row: Array, matrix: Array, factors: Array | None, gates: int) -> Array:
    """row [B, N] times matrix [N, G*H], gate by gate: [G, B, H]."""
    units = matrix.shape[1] // gates
    return np.stack(
        [dropped(row, factors, k) @ gate(matrix, k, units) for k in range(gates)], axis=0
    )


def bias_rows(weights: Weights, gates: int) -> tuple[Array, Array]:
    """What is added to the input product and to the recurrent one: two times [G, 1, H]."""
    units = weights.units
    zeros = np.zeros((gates, 1, units), weights.kernel.dtype)
    if weights.bias is None:
        return zeros, zeros
    if weights.bias.ndim == 2:
        return weights.bias[0].reshape(gates, 1, units), weights.bias[1].reshape(gates, 1, units)
    return weights.bias.reshape(gates, 1, units), zeros


def simple_rnn_step(
    x: Array, states: States, weights: Weights, functions: Functions, factors: Factors
) -> tuple[States, tuple[Array, ...]]:
    """x [B, I], (h [B, H],) -> (h',) and what the backward step needs."""
    (h,) = states
    bias, _ = bias_rows(weights, 1)
    z = project(x, weights.kernel, factors.x, 1) + bias
    z = z + project(h, weights.recurrent_kernel, factors.h, 1)
    return (functions.activation.forward(z[0]),), ()


def lstm_step(
    x: Array, states: States, weights: Weights, functions: Functions, factors: Factors
) -> tuple[States, tuple[Array, ...]]:
    """x [B, I], (h, c) each [B, H] -> (h', c') and the gates (i, f, g, o)."""
    h, c = states
    a, s = functions.activation.forward, functions.recurrent_activation.forward
    bias, _ = bias_rows(weights, 4)
    z = project(x, weights.kernel, factors.x, 4) + bias
    z = z + project(h, weights.recurrent_kernel, factors.h, 4)
    i, f, g, o = s(z[0]), s(z[1]), a(z[2]), s(z[3])
    c_next = f * c + i * g
    return (o * a(c_next), c_next), (i, f, g, o)


def gru_step(
    x: Array, states: States, weights: Weights, functions: Functions, factors: Factors
) -> tuple[States, tuple[Array, ...]]:
    """x [B, I], (h [B, H],) -> (h',) and (z, r, n, v): v is h U_h + b1_h, or r * h if not after."""
    (h,) = states
    units = weights.units
    a, s = functions.activation.forward, functions.recurrent_activation.forward
    input_bias, recurrent_bias = bias_rows(weights, 3)
    u = project(x, weights.kernel, factors.x, 3) + input_bias
    v: Array
    kept: Array
    if weights.reset_after:
        v = project(h, weights.recurrent_kernel, factors.h, 3) + recurrent_bias
        z, r = s(u[0] + v[0]), s(u[1] + v[1])
        n, kept = a(u[2] + r * v[2]), v[2]
    else:
        v = project(h, weights.recurrent_kernel[:, : 2 * units], factors.h, 2)
        z, r = s(u[0] + v[0]), s(u[1] + v[1])
        kept = r * dropped(h, factors.h, 2)
        n = a(u[2] + kept @ gate(weights.recurrent_kernel, 2, units))
    return (z * h + (1 - z) * n,), (z, r, n, kept)


Step = Callable[[Array, States, Weights, Functions, Factors], tuple[States, tuple[Array, ...]]]


class Cell(NamedTuple):
    """How many gates and states a cell has, and its step."""

    gates: int
    states: int
    step: Step


CELLS: dict[str, Cell] = {
    "simple_rnn": Cell(1, 1, simple_rnn_step),
    "lstm": Cell(4, 2, lstm_step),
    "gru": Cell(3, 1, gru_step),
}
