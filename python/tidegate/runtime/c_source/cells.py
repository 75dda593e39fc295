"""Recurrent layers in C: their weights in the order in which unit after unit reads them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operation import Operation
from . import values
from .parts import Field, Written, activation_kind

__all__ = ["gru", "lstm", "simple_rnn"]


def simple_rnn(op: Operation, name: str, widths: list[int]) -> Written:
    """One gate."""
    w = op.weights
    arrays = (values.panels(w["kernel"]), values.panels(w["recurrent_kernel"]), w.get("bias"))
    return _recurrent(op, name, "tg_simple_rnn", {"cell": arrays}, op.output_size)


def lstm(op: Operation, name: str, widths: list[int]) -> Written:
    """Gates i f c o."""
    arrays = _by_unit(op, (0, 1, 2, 3), 4)
    return _recurrent(op, name, "tg_lstm", {"cell": arrays}, op.output_size)


def gru(op: Operation, name: str, widths: list[int]) -> Written:
    """Both forms."""
    w, units = op.weights, op.output_size
    bias = w.get("bias")
    if op.reset_after:
        if bias is not None:
            # Both parts of z and r are added once; those of the candidate stay apart.
            (z, r, n), (z_more, r_more, n_more) = bias.reshape(2, 3, units)
            bias = np.stack([n, z + z_more, r + r_more, n_more], axis=1).ravel()
        arrays = (
            values.units(w["kernel"], (2, 0, 1), 3),
            values.units(w["recurrent_kernel"], (0, 1, 2), 3),
            bias,
        )
        return _recurrent(op, name, "tg_gru", {"cell": arrays}, units)
    candidate = (
        values.panels(w["kernel"][:, 2 * units :]),
        values.panels(w["recurrent_kernel"][:, 2 * units :]),
        None if bias is None else bias[2 * units :],
    )
    parts = {"gates": _by_unit(op, (0, 1), 3), "candidate": candidate}
    return _recurrent(op, name, "tg_gru_before", parts, 3 * units)


def _by_unit(op: Operation, gates: tuple[int, ...], count: int) -> tuple[Any, Any, Any]:
    w = op.weights
    bias = w.get("bias")
    return (
        values.units(w["kernel"], gates, count),
        values.units(w["recurrent_kernel"], gates, count),
        None if bias is None else values.units(bias[None], gates, count),
    )


def _recurrent(
    op: Operation, name: str, function: str, cells: dict[str, tuple[Any, Any, Any]], scratch: int
) -> Written:
    """A call of ``function`` on these cells and the layer's states."""
    fields = [Field(f"{name}_{state}", op.output_size) for state in op.states]
    constants = [_cell(op, f"{name}_{key}", *arrays) for key, arrays in cells.items()]
    arguments = [f"&{name}_{key}" for key in cells] + ["{x}"]
    arguments += [f"state->{field.name}" for field in fields] + ["state->scratch"]
    kinds = {activation_kind(op.activation), activation_kind(op.recurrent_activation)}
    return Written(
        {function, "tg_cell", *kinds},
        "".join(constants),
        fields,
        scratch,
        [f"{function}({', '.join(arguments)});"],
        f"state->{name}_h",
    )


def _cell(op: Operation, name: str, kernel: Any, recurrent_kernel: Any, bias: Any) -> str:
    """Three arrays and the struct that points at them."""
    text = values.array(f"{name}_kernel", kernel)
    text += values.array(f"{name}_recurrent_kernel", recurrent_kernel)
    there = "0"
    if bias is not None:
        there = f"{name}_bias"
        text += values.array(there, bias)
    return text + (
        f"static const tg_cell {name} = {{\n    {op.input_size}, {op.output_size}, "
        f"{activation_kind(op.activation)}, {activation_kind(op.recurrent_activation)},\n"
        f"    {name}_kernel, {name}_recurrent_kernel, {there}}};\n"
    )
