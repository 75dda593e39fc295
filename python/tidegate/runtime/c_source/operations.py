"""What each operation of a graph becomes in C: weights, fields of the state, calls of a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...errors import message, not_offered
from ..operation import Operation
from . import cells, values
from .parts import Field, Written, activation_kind, constant

__all__ = ["written"]

_JOINS = {
    "add": "tg_add",
    "average": "tg_add",
    "maximum": "tg_larger",
    "minimum": "tg_smaller",
    "multiply": "tg_mul",
    "subtract": "tg_sub",
}


def written(op: Operation, name: str, widths: list[int]) -> Written:
    """The operation in C.

    Args:
        name: begins the names of its constants and fields.
        widths: numbers per row of each value that it reads.

    Raises:
        NotOfferedError: an operation that has no C; its layer is named.
        ValueError: weights that are not finite.
    """
    rule = _RULES.get(op.kind)
    if rule is None:
        raise not_offered(
            "export",
            f"layer {op.name!r} of kind {op.kind!r} in C source",
            "model.stream() runs it; C source knows " + ", ".join(sorted(_RULES)),
        )
    for key, array in op.weights.items():
        if not np.isfinite(array).all():
            raise ValueError(
                message(
                    "export",
                    f"C can write finite numbers alone, in {key} of layer {op.name!r} too",
                    "NaN or infinity",
                )
            )
    return rule(op, name, widths)


def _embedding(op: Operation, name: str, widths: list[int]) -> Written:
    table = values.array(f"{name}_table", op.weights["embeddings"].ravel())
    return Written(constants=table, result=f"{name}_table + {{x}} * {op.output_size}")


def _dense(op: Operation, name: str, widths: list[int]) -> Written:
    kernel = values.array(f"{name}_kernel", values.panels(op.weights["kernel"]))
    bias, there = constant(op, "bias", f"{name}_bias")
    call = f"tg_dense({op.input_size}, {op.output_size}, {name}_kernel, {there}, {{x}}, {{y}});"
    return _activated(Written({"tg_dense"}, kernel + bias, calls=[call]), op, "{y}")


def _activation(op: Operation, name: str, widths: list[int]) -> Written:
    return _activated(Written(), op, "{x}")


def _activated(found: Written, op: Operation, x: str) -> Written:
    """Adds the call that applies the activation of ``op`` to ``x``."""
    if op.activation == "linear" and x == "{y}":
        return found
    if op.activation in ("leaky_relu", "elu"):
        name, first = f"tg_{op.activation}", f"{np.float32(op.alpha)!s}f, "
    elif op.activation in ("softmax", "silu"):
        name, first = f"tg_{op.activation}", ""
    else:
        name, first = "tg_activation", f"{activation_kind(op.activation)}, "
        found.functions.add(activation_kind(op.activation))
    found.functions.add(name)
    found.calls.append(f"{name}({first}{op.output_size}, {x}, {{y}});")
    return found


def _join(op: Operation, name: str, widths: list[int]) -> Written:
    found = Written({"tg_join", _JOINS[op.kind]})
    left, width = "{x0}", widths[0]
    for number, other in enumerate(widths[1:], 1):
        found.calls.append(
            f"tg_join({_JOINS[op.kind]}, {op.output_size}, {left}, {width}, "
            f"{{x{number}}}, {other}, {{y}});"
        )
        left, width = "{y}", op.output_size
    if op.kind == "average":
        found.functions.add("tg_divide")
        found.calls.append(f"tg_divide({op.output_size}, {len(widths)}.0f, {{y}});")
    return found


def _concatenate(op: Operation, name: str, widths: list[int]) -> Written:
    found, at = Written({"tg_copy"}), 0
    for number, width in enumerate(widths):
        found.calls.append(f"tg_copy({{y}} + {at}, {{x{number}}}, {width});")
        at += width
    return found


def _layer_normalization(op: Operation, name: str, widths: list[int]) -> Written:
    gamma, factor = constant(op, "gamma", f"{name}_gamma")
    beta, offset = constant(op, "beta", f"{name}_beta")
    sizes = f"{op.output_size}, {np.float32(op.epsilon)!s}f"
    call = f"tg_layer_normalization({sizes}, {factor}, {offset}, {{x}}, {{y}});"
    return Written({"tg_layer_normalization"}, gamma + beta, calls=[call])


def _scale(op: Operation, name: str, widths: list[int]) -> Written:
    scale, factor = constant(op, "scale", f"{name}_scale")
    more, offset = constant(op, "offset", f"{name}_offset")
    call = f"tg_scale({op.output_size}, {factor}, {offset}, {{x}}, {{y}});"
    return Written({"tg_scale"}, scale + more, calls=[call])


def _conv1d(op: Operation, name: str, widths: list[int]) -> Written:
    kernel = op.weights["kernel"]
    size, inputs, _ = kernel.shape
    grouped = kernel.reshape(size, inputs, op.groups, -1).transpose(2, 0, 1, 3)
    packed = [values.panels(step) for group in grouped for step in group]
    constants = values.array(f"{name}_kernel", np.concatenate(packed))
    bias, there = constant(op, "bias", f"{name}_bias")
    constants += bias + (
        f"static const tg_conv {name}_conv = {{\n    {op.input_size}, {op.output_size}, {size}, "
        f"{op.dilation}, {op.groups}, {name}_kernel, {there}}};\n"
    )
    rows = (size - 1) * op.dilation
    fields, places = [], "0, 0"
    if rows:
        fields = [
            Field(f"{name}_history", rows * op.input_size),
            Field(f"{name}_oldest", 1, "long", "0"),
        ]
        places = f"state->{name}_history, state->{name}_oldest"
    call = f"tg_conv1d(&{name}_conv, {{x}}, {places}, {{y}});"
    return _activated(Written({"tg_conv1d"}, constants, fields, calls=[call]), op, "{y}")


def _average_pooling(op: Operation, name: str, widths: list[int]) -> Written:
    size = op.output_size
    fields = [
        Field(f"{name}_total", size, start="tg_of_bits(0x80000000u)"),
        Field(f"{name}_count", 2),
    ]
    call = f"tg_average_pooling({size}, {{x}}, state->{name}_total, state->{name}_count, {{y}});"
    return Written({"tg_average_pooling"}, fields=fields, calls=[call])


def _max_pooling(op: Operation, name: str, widths: list[int]) -> Written:
    place = f"state->{name}_largest"
    fields = [Field(f"{name}_largest", op.output_size, start="tg_of_bits(0xff800000u)")]
    call = f"tg_max_pooling({op.output_size}, {{x}}, {place});"
    return Written({"tg_max_pooling"}, fields=fields, calls=[call], result=place)


_RULES: dict[str, Callable[[Operation, str, list[int]], Written]] = {
    "activation": _activation,
    "concatenate": _concatenate,
    "conv1d": _conv1d,
    "dense": _dense,
    "embedding": _embedding,
    "global_average_pooling": _average_pooling,
    "global_max_pooling": _max_pooling,
    "gru": cells.gru,
    "layer_normalization": _layer_normalization,
    "lstm": cells.lstm,
    "scale": _scale,
    "simple_rnn": cells.simple_rnn,
    **dict.fromkeys(_JOINS, _join),
}
