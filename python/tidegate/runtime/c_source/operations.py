"""What each operation of a graph becomes in C: weights, fields of the state, calls of a step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...errors import message, not_offered
from ..operation import Operation
from . import cells, values
from .parts import Field, Matrix, Written, activation_kind, padded, run_of, vector

__all__ = ["KINDS", "written"]

_JOINS = {
    "add": "tg_add",
    "average": "tg_add",
    "maximum": "tg_larger",
    "minimum": "tg_smaller",
    "multiply": "tg_mul",
    "subtract": "tg_sub",
}


def written(op: Operation, name: str, widths: list[int], fixed: tuple[bool, bool]) -> Written:
    """The operation in C.

    Args:
        name: begins the names of its constants and fields.
        widths: numbers per row of each value that it reads.
        fixed: whether what it reads, and what it gives, lies in [-1, 1].

    Raises:
        NotOfferedError: an operation that has no C; its layer is named.
        ValueError: weights that are not finite.
    """
    if op.kind not in KINDS:
        raise not_offered(
            "export",
            f"layer {op.name!r} of kind {op.kind!r} in C source",
            "model.stream() runs it; C source knows " + ", ".join(KINDS),
        )
    for key, array in op.weights.items():
        if not np.isfinite(array).all():
            raise ValueError(
                message(
                    "export",
                    "weights must be finite, as C writes them",
                    f"NaN or infinity in {key} of layer {op.name!r}",
                )
            )
    if op.kind in _PRODUCTS:
        return _PRODUCTS[op.kind](op, name, fixed)
    return _RULES[op.kind](op, name, widths)


def _embedding(op: Operation, name: str, widths: list[int]) -> Written:
    table, scale = op.weights["embeddings"].ravel(), op.weights.get("embeddings_scale")
    row = f"{name}_table + {{x}} * {op.output_size}"
    if scale is None:
        return Written(constants=values.array(f"{name}_table", table), result=row)
    constants = values.array(f"{name}_table", table, "int8_t")
    constants += values.array(f"{name}_scale", scale)
    call = f"tg_embedding({op.output_size}, {row}, {name}_scale[{{x}}], {{y}});"
    return Written({"tg_embedding"}, constants, calls=[call])


def _dense(op: Operation, name: str, fixed: tuple[bool, bool]) -> Written:
    packed = values.panels(op.weights["kernel"], run_of(op))
    matrix = Matrix(f"{name}_kernel", packed, op.weights.get("kernel_scale"), fixed[0])
    bias, there = vector(op, "bias", f"{name}_bias")
    constants, kernel, room = matrix.constants + bias, matrix.initializer, "0"
    if matrix.whole:
        constants += f"static const tg_matrix {name}_matrix = {kernel};\n"
        kernel, room = f"{name}_matrix", "state->room"
    sizes = f"{op.input_size}, {op.output_size}"
    call = f"tg_dense({sizes}, {kernel}, {there}, {{x}}, {{y}}, {room});"
    found = Written({"tg_dense"}, constants, calls=[call])
    found.room = padded(op.input_size) if matrix.whole else 0
    return _activated(found, op, "{y}")


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
    gamma, factor = vector(op, "gamma", f"{name}_gamma")
    beta, offset = vector(op, "beta", f"{name}_beta")
    sizes = f"{op.output_size}, {np.float32(op.epsilon)!s}f"
    call = f"tg_layer_normalization({sizes}, {factor}, {offset}, {{x}}, {{y}});"
    return Written({"tg_layer_normalization"}, gamma + beta, calls=[call])


def _scale(op: Operation, name: str, widths: list[int]) -> Written:
    scale, factor = vector(op, "scale", f"{name}_scale")
    more, offset = vector(op, "offset", f"{name}_offset")
    call = f"tg_scale({op.output_size}, {factor}, {offset}, {{x}}, {{y}});"
    return Written({"tg_scale"}, scale + more, calls=[call])


def _conv1d(op: Operation, name: str, widths: list[int]) -> Written:
    kernel = op.weights["kernel"]
    size, inputs, _ = kernel.shape
    grouped = kernel.reshape(size, inputs, op.groups, -1).transpose(2, 0, 1, 3)
    packed = [values.panels(step) for group in grouped for step in group]
    constants = values.array(f"{name}_kernel", np.concatenate(packed))
    bias, there = vector(op, "bias", f"{name}_bias")
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


_PRODUCTS: dict[str, Callable[[Operation, str, tuple[bool, bool]], Written]] = {
    "dense": _dense,
    "gru": cells.gru,
    "lstm": cells.lstm,
    "simple_rnn": cells.simple_rnn,
}
_RULES: dict[str, Callable[[Operation, str, list[int]], Written]] = {
    "activation": _activation,
    "concatenate": _concatenate,
    "conv1d": _conv1d,
    "embedding": _embedding,
    "global_average_pooling": _average_pooling,
    "global_max_pooling": _max_pooling,
    "layer_normalization": _layer_normalization,
    "scale": _scale,
    **dict.fromkeys(_JOINS, _join),
}
KINDS = tuple(sorted({*_PRODUCTS, *_RULES}))
