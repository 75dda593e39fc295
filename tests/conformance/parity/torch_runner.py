"""Run a `Case` through torch 2.13.0's own nn.RNN, nn.GRU and nn.LSTM.

torch has no masks but packed sequences, so only right padding (or none) can be compared, and only
tanh and sigmoid. Its GRU is Keras' reset_after form with the gates in the order r, z, n.
"""

from __future__ import annotations

import numpy as np
import torch
from recurrent_cases import Case
from run_results import Result

from tidegate.reference import Weights

MODULES = {"simple_rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def swap_gru_gates(array: np.ndarray) -> np.ndarray:
    """z, r, h to r, z, h along the last axis, and back again."""
    z, r, h = np.split(array, 3, axis=-1)
    return np.concatenate([r, z, h], axis=-1)


def _to_torch(case: Case, weights: Weights) -> list[np.ndarray]:
    kernel, recurrent, bias = weights.kernel, weights.recurrent_kernel, weights.bias
    if case.cell == "gru":
        kernel, recurrent = swap_gru_gates(kernel), swap_gru_gates(recurrent)
        bias = None if bias is None else swap_gru_gates(bias)
    arrays = [kernel.T, recurrent.T]
    if bias is not None:
        arrays += [bias[0], bias[1]] if bias.ndim == 2 else [bias, np.zeros_like(bias)]
    return arrays


def _from_torch(case: Case, gradients: list[np.ndarray]) -> list[np.ndarray]:
    dkernel, drecurrent = gradients[0].T, gradients[1].T
    bias = np.stack(gradients[2:]) if len(gradients) > 2 else None
    if case.cell == "gru":
        dkernel, drecurrent = swap_gru_gates(dkernel), swap_gru_gates(drecurrent)
        bias = None if bias is None else swap_gru_gates(bias)
    elif bias is not None:
        bias = bias[0]
    return [dkernel, drecurrent] if bias is None else [dkernel, drecurrent, bias]


def build(case: Case) -> torch.nn.Module:
    """The torch module of a case, with its weights."""
    module = MODULES[case.cell](
        case.x.shape[2], case.units, batch_first=True, bias=case.weights[0].bias is not None,
        bidirectional=len(case.weights) == 2,
    )  # fmt: skip
    values = [a for w in case.weights for a in _to_torch(case, w)]
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.copy_(torch.tensor(np.ascontiguousarray(value)))
    return module


def _sequence(module: torch.nn.Module, case: Case, x: torch.Tensor, initial: object):
    """The module's output sequence and states, padded with zeros where the mask is False."""
    if case.mask is None:
        return module(x, initial)
    lengths = torch.tensor(case.mask.sum(axis=1))
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        x, lengths, batch_first=True, enforce_sorted=False
    )
    output, states = module(packed, initial)
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(
        output, batch_first=True, total_length=x.shape[1]
    )
    return padded, states


def run(case: Case) -> Result:
    """Forward and backward; a case must not go backwards in one direction alone."""
    module = build(case)
    x = torch.tensor(case.x, requires_grad=True)
    count = 2 if case.cell == "lstm" else 1
    given = case.initial_state
    initial = [
        torch.tensor(np.stack([pair[s] for pair in given]), requires_grad=True)
        for s in range(count if given else 0)
    ]
    wrapped = (tuple(initial) if count == 2 else initial[0]) if initial else None
    sequence, last = _sequence(module, case, x, wrapped)
    finals = list(last) if count == 2 else [last]
    # Without return_sequences Keras gives each direction's last output, which is its final h.
    y = sequence if case.return_sequences else torch.cat(list(finals[0]), dim=-1)
    loss = (y * torch.tensor(case.dy)).sum()
    for d, pair in enumerate(case.dstates or ()):
        for s, dstate in enumerate(pair):
            loss = loss + (finals[s][d] * torch.tensor(dstate)).sum()
    parameters = list(module.parameters())
    gradients = torch.autograd.grad(loss, [x, *parameters, *initial], allow_unused=True,
                                    materialize_grads=True)  # fmt: skip
    arrays = [g.numpy() for g in gradients]
    per_direction = len(parameters) // len(case.weights)
    dweights: list[np.ndarray] = []
    for d in range(len(case.weights)):
        first = 1 + d * per_direction
        dweights += _from_torch(case, arrays[first : first + per_direction])
    dinitial = arrays[1 + len(parameters) :]
    directions = range(len(case.weights))
    return Result(
        y.detach().numpy(),
        [finals[s][d].detach().numpy() for d in directions for s in range(count)],
        arrays[0],
        dweights,
        [dinitial[s][d] for d in directions for s in range(len(dinitial))],
    )
