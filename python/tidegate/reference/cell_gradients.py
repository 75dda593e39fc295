"""One step of each recurrent cell backward, by hand.

Given the gradient of the new states, each function returns the gradients of x, of the previous
states and of the weights for that one step. The names follow `cells`: dz is the gradient of what
goes into the activations, one row of H per gate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tidegate.reference.activations import Array
from tidegate.reference.cells import Factors, Functions, States, Weights, dropped, gate


class StepGradients(NamedTuple):
    """dx [B, I], the gradients of the previous states, and dW, dU, db of this step."""

    dx: Array
    states: States
    dkernel: Array
    drecurrent_kernel: Array
    dbias: Array


class Saved(NamedTuple):
    """What a forward step leaves behind: its inputs, its outputs, its gates."""

    x: Array
    before: States
    after: States
    gates: tuple[Array, ...]


def project_backward(
    dz: Array, row: Array, matrix: Array, factors: Array | None
) -> tuple[Array, Array]:
    """dz [G, B, H] through `cells.project`: gradients of row [B, N] and matrix [N, G*H]."""
    units = dz.shape[2]
    drow = np.zeros_like(row)
    columns = []
    for k, dgate in enumerate(dz):
        drow = drow + dropped(dgate @ gate(matrix, k, units).T, factors, k)
        columns.append(dropped(row, factors, k).T @ dgate)
    return drow, np.concatenate(columns, axis=1)


def _through_both(
    dz: Array, saved: Saved, weights: Weights, factors: Factors
) -> tuple[Array, Array, Array, Array, Array]:
    """dx, dh, dW, dU, db of z = x W + h U + b with gradient dz [G, B, H]."""
    dx, dkernel = project_backward(dz, saved.x, weights.kernel, factors.x)
    dh, drecurrent = project_backward(dz, saved.before[0], weights.recurrent_kernel, factors.h)
    return dx, dh, dkernel, drecurrent, dz.sum(axis=1).reshape(-1)


def simple_rnn_step_backward(
    dstates: States, saved: Saved, weights: Weights, functions: Functions, factors: Factors
) -> StepGradients:
    """h' = a(z): dz = dh' * a'(h')."""
    dz = (dstates[0] * functions.activation.derivative(saved.after[0]))[None]
    dx, dh, dkernel, drecurrent, dbias = _through_both(dz, saved, weights, factors)
    return StepGradients(dx, (dh,), dkernel, drecurrent, dbias)


def lstm_step_backward(
    dstates: States, saved: Saved, weights: Weights, functions: Functions, factors: Factors
) -> StepGradients:
    """h' = o * a(c'), c' = f * c + i * g: dc collects what comes through h'."""
    i, f, g, o = saved.gates
    da, ds = functions.activation.derivative, functions.recurrent_activation.derivative
    c, c_next = saved.before[1], saved.after[1]
    ac = functions.activation.forward(c_next)
    dh = dstates[0]
    dc = dstates[1] + dh * o * da(ac)
    dz = np.stack([dc * g * ds(i), dc * c * ds(f), dc * i * da(g), dh * ac * ds(o)], axis=0)
    dx, dh_before, dkernel, drecurrent, dbias = _through_both(dz, saved, weights, factors)
    return StepGradients(dx, (dh_before, dc * f), dkernel, drecurrent, dbias)


def gru_step_backward(
    dstates: States, saved: Saved, weights: Weights, functions: Functions, factors: Factors
) -> StepGradients:
    """h' = z * h + (1 - z) * n; the gradient of h has three ways back, two if h has no reset."""
    z, r, n, kept = saved.gates
    (h,), (dh,) = saved.before, dstates
    da, ds = functions.activation.derivative, functions.recurrent_activation.derivative
    du_h = dh * (1 - z) * da(n)
    du_z = dh * (h - n) * ds(z)
    if weights.reset_after:
        du_r = du_h * kept * ds(r)
        du = np.stack([du_z, du_r, du_h], axis=0)
        dv = np.stack([du_z, du_r, du_h * r], axis=0)
        dh_before, drecurrent = project_backward(dv, h, weights.recurrent_kernel, factors.h)
        dbias = np.stack([du.sum(axis=1).reshape(-1), dv.sum(axis=1).reshape(-1)], axis=0)
    else:
        units = weights.units
        u_h = gate(weights.recurrent_kernel, 2, units)
        dreset = du_h @ u_h.T
        du_r = dreset * dropped(h, factors.h, 2) * ds(r)
        du = np.stack([du_z, du_r, du_h], axis=0)
        dh_before, drecurrent = project_backward(
            du[:2], h, weights.recurrent_kernel[:, : 2 * units], factors.h
        )
        dh_before = dh_before + dropped(dreset * r, factors.h, 2)
        drecurrent = np.concatenate([drecurrent, kept.T @ du_h], axis=1)
        dbias = du.sum(axis=1).reshape(-1)
    dx, dkernel = project_backward(du, saved.x, weights.kernel, factors.x)
    return StepGradients(dx, (dh_before + dh * z,), dkernel, drecurrent, dbias)


StepBackward = Callable[[States, Saved, Weights, Functions, Factors], StepGradients]

BACKWARD: dict[str, StepBackward] = {
    "simple_rnn": simple_rnn_step_backward,
    "lstm": lstm_step_backward,
    "gru": gru_step_backward,
}
