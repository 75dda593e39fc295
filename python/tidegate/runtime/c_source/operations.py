"""What each operation of a graph becomes in C: weights, states, and one call per step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import message, not_offered
from ..graph import Operation
from . import values

__all__ = ["Written", "written"]


@dataclass
class Written:
    """One operation in C. Texts use {x} for what it reads and {y} for what it gives.

    Attributes:
        functions: of the shared text, and its names of activations.
        constants: definitions of its weights.
        states: fields of the state and how many values each has; `result` is one of them if the
            operation's output is kept there.
        scratch: values that the call may overwrite, shared by all operations.
        calls: statements of a step.
        result: the expression of its output if that needs no place of its own.
    """

    functions: set[str]
    constants: str = ""
    states: dict[str, int] = field(default_factory=dict)
    scratch: int = 0
    calls: list[str] = field(default_factory=list)
    result: str | None = None


def written(operation: Operation, name: str) -> Written:
    """The operation in C; ``name`` begins the names of its constants and states.

    Raises:
        NotOfferedError: an operation that has no C yet; its layer is named.
        ValueError: weights that are not finite.
    """
    rule = _RULES.get(operation.kind)
    if rule is None:
        raise not_offered(
            "export",
            f"layer {operation.name!r} of kind {operation.kind!r} in C source",
            "model.stream() runs it; C source knows " + ", ".join(sorted(_RULES)),
        )
    for key, array in operation.weights.items():
        if not np.isfinite(array).all():
            raise ValueError(
                message(
                    "export",
                    f"weights must be finite numbers, which C can write; {key} of layer "
                    f"{operation.name!r} must be, too",
                    "NaN or infinity",
                )
            )
    return rule(operation, name)


def _kind(name: str) -> str:
    return f"TG_{name.upper()}"


def _embedding(op: Operation, name: str) -> Written:
    table = values.array(f"{name}_table", op.weights["embeddings"].ravel())
    return Written(set(), table, result=f"{name}_table + {{x}} * {op.output_size}")


def _dense(op: Operation, name: str) -> Written:
    constants = values.array(f"{name}_kernel", values.panels(op.weights["kernel"]))
    bias = op.weights.get("bias")
    if bias is not None:
        constants += values.array(f"{name}_bias", bias)
    there = f"{name}_bias" if bias is not None else "0"
    call = f"tg_dense({op.input_size}, {op.output_size}, {name}_kernel, {there}, {{x}}, {{y}});"
    found = Written({"tg_dense"}, constants, calls=[call])
    _activate(found, op, "{y}")
    return found


def _activation(op: Operation, name: str) -> Written:
    found = Written(set())
    _activate(found, op, "{x}")
    return found


def _activate(found: Written, op: Operation, x: str) -> None:
    """Adds the call that applies the activation of ``op`` to ``x``."""
    if op.activation == "linear" and x == "{y}":
        return
    if op.activation == "softmax":
        found.functions.add("tg_softmax")
        found.calls.append(f"tg_softmax({op.output_size}, {x}, {{y}});")
        return
    found.functions |= {"tg_activation", _kind(op.activation)}
    found.calls.append(f"tg_activation({_kind(op.activation)}, {op.output_size}, {x}, {{y}});")


def _cell(op: Operation, name: str, kernel: Any, recurrent_kernel: Any, bias: Any) -> str:
    """The constants of one cell: its three arrays and the struct that points at them."""
    constants = values.array(f"{name}_kernel", kernel)
    constants += values.array(f"{name}_recurrent_kernel", recurrent_kernel)
    if bias is not None:
        constants += values.array(f"{name}_bias", bias)
    there = f"{name}_bias" if bias is not None else "0"
    return constants + (
        f"static const tg_cell {name} = {{\n"
        f"    {op.input_size}, {op.output_size}, {_kind(op.activation)}, "
        f"{_kind(op.recurrent_activation)},\n"
        f"    {name}_kernel, {name}_recurrent_kernel, {there}}};\n"
    )


def _recurrent(
    op: Operation, name: str, function: str, constants: str, states: str, scratch: int
) -> Written:
    fields = {f"{name}_{state}": op.output_size for state in op.states}
    places = ", ".join(f"state->{field}" for field in fields)
    return Written(
        {function, "tg_cell", _kind(op.activation), _kind(op.recurrent_activation)},
        constants,
        fields,
        scratch,
        [f"{function}({states}, {{x}}, {places}, state->scratch);"],
        f"state->{name}_h",
    )


def _simple_rnn(op: Operation, name: str) -> Written:
    w = op.weights
    constants = _cell(
        op,
        f"{name}_cell",
        values.panels(w["kernel"]),
        values.panels(w["recurrent_kernel"]),
        w.get("bias"),
    )
    return _recurrent(op, name, "tg_simple_rnn", constants, f"&{name}_cell", op.output_size)


def _lstm(op: Operation, name: str) -> Written:
    w = op.weights
    order = (0, 1, 2, 3)
    bias = w.get("bias")
    constants = _cell(
        op,
        f"{name}_cell",
        values.units(w["kernel"], order, 4),
        values.units(w["recurrent_kernel"], order, 4),
        None if bias is None else values.units(bias[None], order, 4),
    )
    return _recurrent(op, name, "tg_lstm", constants, f"&{name}_cell", op.output_size)


def _gru(op: Operation, name: str) -> Written:
    return _gru_after(op, name) if op.reset_after else _gru_before(op, name)


def _gru_after(op: Operation, name: str) -> Written:
    w = op.weights
    bias = w.get("bias")
    if bias is not None:
        # Input and recurrent part of z and r are added once; those of the candidate stay apart.
        (z, r, n), (z_more, r_more, n_more) = bias.reshape(2, 3, op.output_size)
        bias = np.stack([n, z + z_more, r + r_more, n_more], axis=1).ravel()
    constants = _cell(
        op,
        f"{name}_cell",
        values.units(w["kernel"], (2, 0, 1), 3),
        values.units(w["recurrent_kernel"], (0, 1, 2), 3),
        bias,
    )
    return _recurrent(op, name, "tg_gru", constants, f"&{name}_cell", op.output_size)


def _gru_before(op: Operation, name: str) -> Written:
    w = op.weights
    units = op.output_size
    bias = w.get("bias")
    constants = _cell(
        op,
        f"{name}_gates",
        values.units(w["kernel"], (0, 1), 3),
        values.units(w["recurrent_kernel"], (0, 1), 3),
        None if bias is None else values.units(bias[None], (0, 1), 3),
    )
    constants += _cell(
        op,
        f"{name}_candidate",
        values.panels(w["kernel"][:, 2 * units :]),
        values.panels(w["recurrent_kernel"][:, 2 * units :]),
        None if bias is None else bias[2 * units :],
    )
    cells = f"&{name}_gates, &{name}_candidate"
    return _recurrent(op, name, "tg_gru_before", constants, cells, 3 * units)


_RULES: dict[str, Callable[[Operation, str], Written]] = {
    "embedding": _embedding,
    "simple_rnn": _simple_rnn,
    "lstm": _lstm,
    "gru": _gru,
    "dense": _dense,
    "activation": _activation,
}
