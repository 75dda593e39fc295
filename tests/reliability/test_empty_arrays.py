"""No rows, no steps, one of everything: defined results of the right shape, never a crash.

T = 0 gives the initial states and, without return_sequences, zeros (the output before any step);
B = 0 gives empty arrays. Gradients are zeros.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from reliable_models import sequence_model
from test_strange_arrays import core_keywords

from tidegate import _core, layers
from tidegate.reference import CELLS, Weights, recurrent_backward, recurrent_forward

WIDTHS = (1, 2, 3, 7, 8, 9, 15, 16, 17, 19, 33, 35)


def run_core(cell: str, shape: tuple[int, int, int], units: int, dtype: str, sequences: bool):
    """Forward and backward of ones through the core and the oracle: two lists of arrays."""
    rng = np.random.default_rng([*shape, units])
    gates = CELLS[cell].gates
    kernel = rng.normal(0, 0.3, (shape[2], gates * units)).astype(dtype)
    recurrent = rng.normal(0, 0.3, (units, gates * units)).astype(dtype)
    bias = np.full((2, gates * units) if cell == "gru" else (gates * units,), 0.1, dtype)
    x = rng.normal(size=shape).astype(dtype)
    states = tuple(np.full((shape[0], units), 0.5, dtype) for _ in range(CELLS[cell].states))
    keywords = core_keywords() | {
        "return_sequences": sequences, "initial_state": (states,), "training": True,
    }  # fmt: skip
    weights = (_core.RecurrentWeights(cell, kernel, recurrent, bias),)
    y, finals, saved = _core.recurrent_forward(x, weights, **keywords)
    dy = np.ones_like(y)
    dx, dweights, dstates = _core.recurrent_backward(saved, dy, None)
    actual = [y, *finals[0], dx, *dweights[0], *dstates[0]]
    del keywords["training"]
    oracle = recurrent_forward(cell, x, [Weights(kernel, recurrent, bias)], **keywords)
    gradients = recurrent_backward(oracle, dy)
    expected = [oracle.y, *oracle.states[0], gradients.dx, *gradients.weights[0]]
    return actual, [*expected, *gradients.states[0]]


@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_empty_batches_and_sequences(cell: str, dtype: str) -> None:
    for rows, steps, sequences in itertools.product((0, 2), (0, 3), (False, True)):
        actual, expected = run_core(cell, (rows, steps, 4), 5, dtype, sequences)
        for ours, theirs in zip(actual, expected, strict=True):
            assert ours.shape == theirs.shape, (rows, steps, sequences)
            assert ours.dtype == dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_sizes_around_the_vector_width(cell: str) -> None:
    """Every pair of a width around 8 and 16 with a batch around a tile, against the oracle."""
    for units, inputs in itertools.product(WIDTHS, (1, 8, 17)):
        for rows in (1, 3, 6, 13):
            actual, expected = run_core(cell, (rows, 3, inputs), units, "float64", True)
            for ours, theirs in zip(actual, expected, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def test_models_of_no_rows() -> None:
    for cell in ("simple_rnn", "lstm", "gru", "bilstm"):
        model = sequence_model(cell)
        assert np.asarray(model(np.zeros((0, 4, 5), np.float32))).shape == (0, 4, 2)
        assert np.asarray(model(np.zeros((3, 0, 5), np.float32))).shape == (3, 0, 2)


def test_layers_of_no_steps_give_the_initial_state() -> None:
    x = np.zeros((2, 0, 4), np.float32)
    state = [np.full((2, 3), 0.25, np.float32)] * 2
    y, h, c = layers.LSTM(3, return_state=True)(x, initial_state=state)
    np.testing.assert_array_equal(np.asarray(y), np.zeros((2, 3)))
    np.testing.assert_array_equal(np.asarray(h), state[0])
    np.testing.assert_array_equal(np.asarray(c), state[1])
