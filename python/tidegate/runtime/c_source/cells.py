"""Recurrent layers in C: their weights in the order in which unit after unit reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..operation import Operation
from . import values
from .parts import Field, Matrix, Written, activation_kind, padded, run_of

__all__ = ["gru", "lstm", "simple_rnn"]

Array = np.ndarray[Any, Any]
Pack = Callable[[Array, int], Array]


def simple_rnn(op: Operation, name: str, fixed: tuple[bool, bool]) -> Written:
    """One gate."""
    cell = _cell(op, f"{name}_cell", fixed, (values.panels, values.panels), op.weights.get("bias"))
    return _recurrent(op, name, "tg_simple_rnn", {"cell": cell}, op.output_size)


def lstm(op: Operation, name: str, fixed: tuple[bool, bool]) -> Written:
    """Gates i f c o."""
    pack = _by_unit((0, 1, 2, 3), 4)
    cell = _cell(op, f"{name}_cell", fixed, (pack, pack), _packed(pack, op.weights.get("bias")))
    return _recurrent(op, name, "tg_lstm", {"cell": cell}, op.output_size)


def gru(op: Operation, name: str, fixed: tuple[bool, bool]) -> Written:
    """Both forms."""
    units, bias = op.output_size, op.weights.get("bias")
    if op.reset_after:
        if bias is not None:
            # Both parts of z and r are added once; those of the candidate stay apart.
            (z, r, n), (z_more, r_more, n_more) = bias.reshape(2, 3, units)
            bias = np.stack([n, z + z_more, r + r_more, n_more], axis=1).ravel()
        packs = (_by_unit((2, 0, 1), 3), _by_unit((0, 1, 2), 3))
        cell = _cell(op, f"{name}_cell", fixed, packs, bias)
        return _recurrent(op, name, "tg_gru", {"cell": cell}, units)
    pack = _by_unit((0, 1), 3)
    last = _candidate(units)
    cells = {
        "gates": _cell(op, f"{name}_gates", fixed, (pack, pack), _packed(pack, bias)),
        "candidate": _cell(op, f"{name}_candidate", fixed, (last, last), _packed(last, bias)),
    }
    return _recurrent(op, name, "tg_gru_before", cells, 3 * units)


def _by_unit(gates: tuple[int, ...], count: int) -> Pack:
    return lambda matrix, run: values.units(matrix, gates, count, run)


def _candidate(units: int) -> Pack:
    return lambda matrix, run: values.panels(matrix[:, 2 * units :], run)


def _packed(pack: Pack, vector: Array | None) -> Array | None:
    """A value per column, in the order of the columns."""
    return None if vector is None else pack(vector[None], 1)


def _recurrent(
    op: Operation, name: str, function: str, cells: dict[str, str], scratch: int
) -> Written:
    """A call of ``function`` on these cells, whose constants they are, and the layer's states."""
    fields = [Field(f"{name}_{state}", op.output_size) for state in op.states]
    whole = "kernel_scale" in op.weights
    arguments = [f"&{name}_{key}" for key in cells] + ["{x}"]
    arguments += [f"state->{field.name}" for field in fields]
    arguments += ["state->scratch", "state->room" if whole else "0"]
    kinds = {activation_kind(op.activation), activation_kind(op.recurrent_activation)}
    return Written(
        {function, "tg_cell", *kinds},
        "".join(cells.values()),
        fields,
        scratch,
        padded(op.input_size) + padded(op.output_size) if whole else 0,
        [f"{function}({', '.join(arguments)});"],
        f"state->{name}_h",
    )


def _cell(
    op: Operation,
    name: str,
    fixed: tuple[bool, bool],
    packs: tuple[Pack, Pack],
    bias: Array | None,
) -> str:
    """The definitions of a cell's arrays and of the struct that points at them.

    Args:
        fixed: whether x and h lie in [-1, 1].
        packs: the order of the columns of kernel and recurrent_kernel.
        bias: packed.
    """
    keys = ("kernel", "recurrent_kernel")
    matrices = [
        Matrix(
            f"{name}_{key}",
            pack(op.weights[key], run_of(op)),
            _packed(pack, op.weights.get(f"{key}_scale")),
            within,
        )
        for key, pack, within in zip(keys, packs, fixed, strict=True)
    ]
    text = "".join(matrix.constants for matrix in matrices)
    there = "0"
    if bias is not None:
        there = f"{name}_bias"
        text += values.array(there, bias)
    kernels = ", ".join(matrix.initializer for matrix in matrices)
    return text + (
        f"static const tg_cell {name} = {{\n    {op.input_size}, {op.output_size}, "
        f"{activation_kind(op.activation)}, {activation_kind(op.recurrent_activation)},\n"
        f"    {kernels}, {there}}};\n"
    )
