"""Backpropagation through time of a finished `recurrent.Run`, in plain NumPy.

Masks are selects, so the gradient of a select holds: at a step that does not count, the gradient
of the states passes to the step before unchanged and the weights receive nothing; the gradient of
a repeated output goes to the step whose output was repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tidegate.reference.activations import Array
from tidegate.reference.cell_gradients import BACKWARD
from tidegate.reference.cells import States
from tidegate.reference.recurrent import Run, keep, order


class Gradients(NamedTuple):
    """dx [B, T, I]; per direction (dW, dU, db) and (dh0,) or (dh0, dc0)."""

    dx: Array
    weights: tuple[tuple[Array, Array, Array | None], ...]
    states: tuple[States, ...]


def _output_gradients(run: Run, dy: Array | None, index: int) -> list[Array]:
    """The gradient of each output of one direction, in the order of processing."""
    direction = run.directions[index]
    rows, steps, units = run.x.shape[0], run.x.shape[1], direction.weights.units
    zeros = np.zeros((rows, units), run.x.dtype)
    if dy is None:
        return [zeros] * steps
    part = dy[..., index * units : (index + 1) * units]
    if not run.return_sequences:
        return [zeros] * (steps - 1) + [part] * min(steps, 1)
    sequence = [part[:, t] for t in range(steps)]
    return sequence[::-1] if run.time_order and direction.go_backwards else sequence


def _cuts(run: Run, index: int, truncate: int | None) -> Array:
    """[B, T] in the order of processing: where the gradient of the states before is dropped.

    Every `truncate` steps of a row, the masked ones not counted, and never before its first.
    """
    rows, steps = run.x.shape[:2]
    mask = np.ones((rows, steps), bool) if run.mask is None else run.mask
    mask = mask[:, list(order(steps, run.directions[index].go_backwards))]
    before = np.cumsum(mask, axis=1) - mask
    if truncate is None:
        return np.zeros_like(mask)
    return mask & (before > 0) & (before % truncate == 0)


def _backward_direction(
    run: Run, dy: Array | None, dstates: States | None, index: int, truncate: int | None
) -> tuple[Array, tuple[Array, Array, Array | None], States]:
    """dx, (dW, dU, db) and the gradients of the initial states, of one direction."""
    direction, mask = run.directions[index], run.mask
    weights = direction.weights
    states = dstates or tuple(np.zeros_like(s) for s in direction.initial_state)
    dx = np.zeros_like(run.x)
    dkernel = np.zeros_like(weights.kernel)
    drecurrent = np.zeros_like(weights.recurrent_kernel)
    dbias = None if weights.bias is None else np.zeros_like(weights.bias)
    doutputs = _output_gradients(run, dy, index)
    repeated = np.zeros_like(direction.initial_state[0])
    cuts = _cuts(run, index, truncate)
    for p, t in reversed(list(enumerate(order(run.x.shape[1], direction.go_backwards)))):
        doutput = doutputs[p] + repeated
        repeated = np.zeros_like(doutput)
        if mask is not None and not run.zero_output_for_mask:
            repeated = keep(mask, t, repeated, doutput)
        inner = (states[0] + doutput, *states[1:])
        dnew = tuple(keep(mask, t, s, 0.0) for s in inner)
        step = BACKWARD[run.cell](
            dnew, run.saved[index][p], weights, run.functions, direction.factors
        )
        states = tuple(keep(mask, t, s, old) for s, old in zip(step.states, states, strict=True))
        states = tuple(np.where(cuts[:, p, None], 0.0, s) for s in states)
        dx[:, t] = step.dx
        dkernel += step.dkernel
        drecurrent += step.drecurrent_kernel
        if dbias is not None:
            dbias += step.dbias
    return dx, (dkernel, drecurrent, dbias), states


def recurrent_backward(
    run: Run,
    dy: Array | None,
    dstates: Sequence[States | None] | None = None,
    truncate: int | None = None,
) -> Gradients:
    """Gradients of sum(y * dy) + sum(states * dstates) in x, the weights and the initial states.

    dy has y's shape, or is None where only the states matter; `dstates` holds, per direction, None
    or one array per state [B, H]. With `truncate` no gradient of a state goes back past the steps
    `truncate`, 2 * `truncate`, ... of a row.
    """
    parts = [
        _backward_direction(run, dy, dstates[d] if dstates else None, d, truncate)
        for d in range(len(run.directions))
    ]
    dx = np.zeros_like(run.x)
    for part in parts:
        dx += part[0]
    return Gradients(dx, tuple(p[1] for p in parts), tuple(p[2] for p in parts))
