"""A cell over the steps of a sequence: one by one, or as calls of the core."""

from __future__ import annotations

from typing import Any

from .. import activations, ops, tree
from ..mask import Mask
from .cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from .stacked_cells import StackedRNNCells

__all__ = ["core_cells", "run_in_core", "run_steps"]

_OPS: dict[type, Any] = {SimpleRNNCell: ops.simple_rnn, LSTMCell: ops.lstm, GRUCell: ops.gru}


def run_steps(
    step: Any,
    x: Any,
    states: Any,
    mask: Mask | None,
    go_backwards: bool,
    zero_output_for_mask: bool,
) -> tuple[list[Any], Any]:
    """Outputs of all steps in the order they ran, and the last states.

    At a masked step states keep their values, and the output is that of the step before (zeros
    before the first valid one), or zeros with ``zero_output_for_mask``.

    Args:
        step: (x [B, ...], states) -> (output, new states).
        x: [B, T, ...]
    """
    inputs = ops.unstack(x, axis=1)
    kept = [None] * len(inputs) if mask is None else [mask.values[:, t] for t in range(len(inputs))]
    order = range(len(inputs))[:: -1 if go_backwards else 1]
    outputs: list[Any] = []
    for t in order:
        output, new = step(inputs[t], states)
        if kept[t] is not None:
            before = outputs[-1] if outputs and not zero_output_for_mask else ops.zeros_like(output)
            output = _chosen(kept[t], output, before)
            new = tree.map_structure(lambda a, b, m=kept[t]: _chosen(m, a, b), new, states)
        outputs.append(output)
        states = tree.pack_sequence_as(states, tree.flatten(new))
    return outputs, states


def _chosen(kept: Any, new: Any, old: Any) -> Any:
    return ops.where(kept.reshape(-1, *[1] * (len(new.shape) - 1)), new, old)


def core_cells(cell: Any) -> list[Cell] | None:
    """The cells inside, if each is one that the core runs over whole sequences."""
    cells = list(cell.cells) if type(cell) is StackedRNNCells else [cell]
    return cells if cells and all(map(_in_core, cells)) else None


def _in_core(cell: Any) -> bool:
    return type(cell) in _OPS and all(
        activations.kernel_name(function) is not None
        for function in (cell.activation, cell.recurrent_activation)
    )


def run_in_core(
    cells: list[Cell],
    x: Any,
    states: list[list[Any]],
    mask: Mask | None,
    training: Any,
    **options: Any,
) -> tuple[Any, list[list[Any]]]:
    """The output and the last states of each cell: one call of the core for each.

    A cell sees at each step what the cell before gave at that step, so they may run one after the
    other over the whole sequence. From the second on the sequence is in processing order.
    """
    last: list[list[Any]] = []
    backwards = options.pop("go_backwards")
    sequences = options.pop("return_sequences")
    for number, (cell, initial) in enumerate(zip(cells, states, strict=True)):
        x_factors, h_factors = None, None
        if training and cell.seed_generator is not None:
            x_factors, h_factors = cell.draw_factors(x.shape[0], x.shape[-1])
        top = number == len(cells) - 1
        special: dict[str, Any] = {}
        if type(cell) is not SimpleRNNCell:
            special["recurrent_activation"] = activations.kernel_name(cell.recurrent_activation)
        if isinstance(cell, GRUCell):
            special["reset_after"] = cell.reset_after
        y, *new = _OPS[type(cell)](
            x,
            cell.kernel,
            cell.recurrent_kernel,
            cell.bias,
            initial_state=initial,
            mask=mask,
            activation=activations.kernel_name(cell.activation),
            return_sequences=sequences if top else True,
            return_state=True,
            go_backwards=backwards,
            x_dropout=x_factors,
            h_dropout=h_factors,
            **special,
            **(options if top else {}),
        )
        last.append(new)
        x = y
        if backwards and mask is not None:
            mask = mask.reversed()
        backwards = False
    return x, last
