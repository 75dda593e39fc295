"""Whole sequences: the time loop around one step, in one or two directions.

The rule of masks is the one of Keras' TensorFlow and torch backends. With m = mask[:, t]:

    states'  = where(m, step(x_t, states), states)
    output_t = where(m, h', output_{t-1})      # zeros before the first step that counts
             = where(m, h', 0)                 # with zero_output_for_mask

Without return_sequences the result is the output of the step that is *processed* last. With no
steps at all (T = 0) it is zeros, and the states are the initial ones. A direction that goes
backwards processes steps T-1 .. 0 with their masks; its sequence comes in the order of processing
(as Keras' layer returns it), or in time order if `time_order` is set (as Bidirectional merges it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tidegate.reference import activations
from tidegate.reference.activations import Activation, Array
from tidegate.reference.cell_gradients import Saved
from tidegate.reference.cells import CELLS, Factors, Functions, States, Weights


class Direction(NamedTuple):
    """What one direction needs to run and to be run backward."""

    weights: Weights
    initial_state: States
    go_backwards: bool
    factors: Factors


class Run(NamedTuple):
    """A finished forward pass: its results, and what `bptt.recurrent_backward` reads."""

    y: Array
    states: tuple[States, ...]
    cell: str
    x: Array
    mask: Array | None
    functions: Functions
    directions: tuple[Direction, ...]
    return_sequences: bool
    time_order: bool
    zero_output_for_mask: bool
    saved: tuple[tuple[Saved, ...], ...]


def order(steps: int, go_backwards: bool) -> range:
    """The steps in the order in which they are processed."""
    return range(steps - 1, -1, -1) if go_backwards else range(steps)


def keep(mask: Array | None, step: int, new: Array, old: Array | float) -> Array:
    """where(mask[:, step], new, old) for rows [B, N]."""
    return new if mask is None else np.where(mask[:, step, None], new, old)


def run_direction(
    cell: str,
    x: Array,
    direction: Direction,
    functions: Functions,
    mask: Array | None,
    zero_output_for_mask: bool,
) -> tuple[list[Array], States, tuple[Saved, ...]]:
    """The time loop: outputs in the order of processing, final states, saved steps."""
    states = direction.initial_state
    output = np.zeros_like(states[0])
    outputs, saved = [], []
    for t in order(x.shape[1], direction.go_backwards):
        new, gates = CELLS[cell].step(
            x[:, t], states, direction.weights, functions, direction.factors
        )
        saved.append(Saved(x[:, t], states, new, gates))
        output = keep(mask, t, new[0], 0.0 if zero_output_for_mask else output)
        states = tuple(keep(mask, t, n, s) for n, s in zip(new, states, strict=True))
        outputs.append(output)
    return outputs, states, tuple(saved)


def _arrange(
    outputs: list[Array], rows: int, units: int, flip: bool, return_sequences: bool, dtype: np.dtype
) -> Array:
    if not return_sequences:
        return outputs[-1] if outputs else np.zeros((rows, units), dtype)
    if not outputs:
        return np.zeros((rows, 0, units), dtype)
    return np.stack(outputs[::-1] if flip else outputs, axis=1)


def recurrent_forward(
    cell: str,
    x: Array,
    weights: Sequence[Weights],
    *,
    initial_state: Sequence[States | None] | None = None,
    mask: Array | None = None,
    go_backwards: Sequence[bool] = (False,),
    activation: str | Activation = "tanh",
    recurrent_activation: str | Activation = "sigmoid",
    return_sequences: bool = False,
    time_order: bool = False,
    zero_output_for_mask: bool = False,
    x_dropout: Sequence[Array | None] | None = None,
    h_dropout: Sequence[Array | None] | None = None,
) -> Run:
    """Run x [B, T, I] through one or two directions of a cell, each with its own `Weights`.

    Returns a `Run` whose `y` is [B, T, D*H], or [B, D*H] without return_sequences, the directions
    side by side in the last axis, and whose `states` hold (h,) or (h, c) per direction, [B, H].

    >>> w = Weights(np.eye(2), np.zeros((2, 2)))
    >>> recurrent_forward("simple_rnn", np.ones((1, 3, 2)), [w], activation="linear").y
    array([[1., 1.]])
    """
    count = len(weights)
    functions = Functions(activations.get(activation), activations.get(recurrent_activation))
    zeros = [
        tuple(np.zeros((x.shape[0], w.units), x.dtype) for _ in range(CELLS[cell].states))
        for w in weights
    ]
    given = initial_state or [None] * count
    directions = tuple(
        Direction(weights[d], given[d] or zeros[d], go_backwards[d], Factors(x_drop, h_drop))
        for d, (x_drop, h_drop) in enumerate(
            zip(x_dropout or [None] * count, h_dropout or [None] * count, strict=True)
        )
    )
    parts, states, saved = [], [], []
    for direction in directions:
        outputs, final, steps = run_direction(
            cell, x, direction, functions, mask, zero_output_for_mask
        )
        flip = time_order and direction.go_backwards
        units = direction.weights.units
        parts.append(_arrange(outputs, x.shape[0], units, flip, return_sequences, x.dtype))
        states.append(final)
        saved.append(steps)
    return Run(
        np.concatenate(parts, axis=-1), tuple(states), cell, x, mask, functions, directions,
        return_sequences, time_order, zero_output_for_mask, tuple(saved),
    )  # fmt: skip
