"""Products of 8-bit integers: what the runtime computes under ``weights="int8"``.

A matrix M [K, N] is kept as whole numbers in [-127, 127] and a scale per column (of an embedding
table: per row), a row x [K] becomes whole numbers with one scale while it is multiplied:

    scale_n = max_k |M_kn| / 127            q_kn = round(M_kn / scale_n)
    fixed range    s = 1 / 127              p_k = round(127 * min(max(x_k, -1), 1))
    dynamic range  s = max_k |x_k| / 127    p_k = round(x_k * (127 / max_k |x_k|))
    x M  ~  (s * scale_n) * sum_k p_k q_kn

``round`` goes to the nearest, ties to even. The sum is one of integers and exact; all else is
float32, rounded after every operation, but for one fused multiply-add that adds the product to what
was there before. A column, or a row of a dynamic range, whose largest value is below 2^-100 counts
as zeros. A value of a row that is no finite number makes the row's scale NaN, and with it every
result of the row.

The pre-activations of a recurrent layer are b + x W + h U in this order. x and h have the fixed
range where they come from a function into [-1, 1] (tanh, sigmoid, hard_sigmoid, softmax), and the
dynamic one elsewhere. The reset-before GRU rounds r * h in the range of h. States, biases, gates
and activations are float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tidegate.reference.activations import Array, get
from tidegate.reference.cells import Functions, States, Weights, gate

__all__ = ["BOUNDED", "Kept", "dense", "multiply", "quantize", "round_rows", "step"]

BOUNDED = frozenset({"tanh", "sigmoid", "hard_sigmoid", "softmax"})
TINY = np.float32(2.0**-100)
LARGEST = np.float32(127.0)


def quantize(matrix: Array, axis: int = 0) -> tuple[Array, Array]:
    """Whole numbers, int8 of the same shape, and the scales along ``axis``, float32."""
    matrix = np.asarray(matrix, np.float32)
    largest = np.max(np.abs(matrix), axis=axis, keepdims=True)
    scale = np.where(largest < TINY, np.float32(0), largest / LARGEST)
    whole = np.rint(matrix / np.where(scale == 0, np.float32(1), scale))
    whole = np.where(scale == 0, np.float32(0), np.clip(whole, -LARGEST, LARGEST))
    return whole.astype(np.int8), np.squeeze(scale, axis=axis)


def round_rows(x: Array, fixed: bool) -> tuple[Array, Array]:
    """x [B, K] as whole numbers, int64, and the scale of each row [B, 1], float32."""
    x = np.asarray(x, np.float32)
    finite = np.isfinite(x).all(axis=1, keepdims=True)
    x = np.where(np.isfinite(x), x, np.float32(0))
    if fixed:
        factor, scale = LARGEST, np.full((len(x), 1), np.float32(1) / LARGEST)
        x = np.clip(x, np.float32(-1), np.float32(1))
    else:
        largest = np.max(np.abs(x), axis=1, keepdims=True)
        tiny = largest < TINY
        factor = np.where(tiny, np.float32(0), LARGEST / np.where(tiny, np.float32(1), largest))
        scale = np.where(tiny, np.float32(0), largest / LARGEST)
    whole = np.rint(np.float64(x) * np.float64(factor)).astype(np.int64)
    return whole, np.where(finite, scale, np.float32(np.nan))


def multiply(start: Array, x: Array, fixed: bool, whole: Array, scale: Array) -> Array:
    """start [B, N] + x [B, K] times the kept matrix [K, N]."""
    rows, row_scale = round_rows(x, fixed)
    sums = (rows @ whole.astype(np.int64)).astype(np.float32)
    # A fused multiply-add but for a double rounding that float64 allows once in 2^29.
    return np.float32(np.float64(sums) * np.float64(row_scale * scale) + np.float64(start))


class Kept(NamedTuple):
    """A matrix as it is kept: whole numbers [K, N] and a scale per column [N]."""

    whole: Array
    scale: Array

    def columns(self, first: int, end: int) -> Kept:
        """Some of the columns."""
        return Kept(self.whole[:, first:end], self.scale[first:end])

    def add(self, start: Array, x: Array, fixed: bool) -> Array:
        """start [B, N] (or [1, N]) + x [B, K] times the matrix."""
        return multiply(start, x, fixed, self.whole, self.scale)


def dense(x: Array, fixed: bool, kernel: Array, bias: Array | None) -> Array:
    """x [B, I] -> x W + b [B, O], before the activation."""
    start = np.zeros(kernel.shape[1], np.float32) if bias is None else bias
    return Kept(*quantize(kernel)).add(start[None], x, fixed)


def step(
    cell: str, x: Array, x_fixed: bool, states: States, weights: Weights, names: tuple[str, str]
) -> States:
    """One step: x [B, I], states each [B, H] -> the next states, float32.

    Args:
        cell: "simple_rnn", "lstm" or "gru".
        x_fixed: whether x has the fixed range.
        names: activation and recurrent_activation.
    """
    functions = Functions(get(names[0]), get(names[1]))
    fixed = names[0] in BOUNDED and (cell == "simple_rnn" or names[1] in BOUNDED)
    w, u = Kept(*quantize(weights.kernel)), Kept(*quantize(weights.recurrent_kernel))
    bias = np.zeros(len(w.scale)) if weights.bias is None else weights.bias
    bias = np.atleast_2d(np.float32(bias))
    if cell == "gru":
        form = _gru_after if weights.reset_after else _gru_before
        return form(x, x_fixed, states[0], fixed, (w, u), bias, functions)
    z = u.add(w.add(bias, x, x_fixed), states[0], fixed)
    if cell == "simple_rnn":
        return (functions.activation.forward(z),)
    i, f, g, o = (gate(z, k, weights.units) for k in range(4))
    sigma, act = functions.recurrent_activation.forward, functions.activation.forward
    c = np.float32(sigma(f) * states[1] + sigma(i) * act(g))
    return np.float32(sigma(o) * act(c)), c


def _gru_after(
    x: Array,
    x_fixed: bool,
    h: Array,
    fixed: bool,
    kept: tuple[Kept, Kept],
    bias: Array,
    functions: Functions,
) -> States:
    (w, u), units = kept, h.shape[1]
    b0, b1 = bias[:1], bias[1:] if len(bias) == 2 else 0 * bias
    gates, candidate = (0, 2 * units), (2 * units, 3 * units)
    both = (b0 + b1)[:, : 2 * units]
    zr = u.columns(*gates).add(w.columns(*gates).add(both, x, x_fixed), h, fixed)
    z, r = (functions.recurrent_activation.forward(gate(zr, k, units)) for k in range(2))
    n = w.columns(*candidate).add(gate(b0, 2, units), x, x_fixed)
    n = functions.activation.forward(
        np.float32(r * u.columns(*candidate).add(gate(b1, 2, units), h, fixed) + n)
    )
    return (np.float32(z * (h - n) + n),)


def _gru_before(
    x: Array,
    x_fixed: bool,
    h: Array,
    fixed: bool,
    kept: tuple[Kept, Kept],
    bias: Array,
    functions: Functions,
) -> States:
    (w, u), units = kept, h.shape[1]
    start = w.add(bias, x, x_fixed)
    zr = u.columns(0, 2 * units).add(start[:, : 2 * units], h, fixed)
    z, r = (functions.recurrent_activation.forward(gate(zr, k, units)) for k in range(2))
    candidate = u.columns(2 * units, 3 * units)
    n = functions.activation.forward(candidate.add(gate(start, 2, units), np.float32(r * h), fixed))
    return (np.float32(z * (h - n) + n),)
