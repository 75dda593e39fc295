"""The table that ``model.summary()`` prints, as Keras draws it."""

from __future__ import annotations

import re
import shutil
from typing import Any

from .. import tree
from ..errors import message
from ..layers.input_layer import InputLayer
from ..layers.layer import Layer
from ..tensor import Variable

__all__ = ["print_summary"]

_ITEM = {"float64": 8, "int64": 8, "uint64": 8, "bool": 1, "int8": 1, "uint8": 1}


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: list[float] | None = None,
    print_fn: Any = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """See ``Model.summary``."""
    from .sequential import Sequential

    graph = model._graph
    stack = graph is None or isinstance(model, Sequential) or _is_stack(graph)
    header = ["Layer (type)", "Output Shape", "Param #"]
    width, ends = (88, [0.45, 0.80, 1.0]) if stack else (108, [0.3, 0.56, 0.74, 1.0])
    ends = list(positions or ends)
    if not stack:
        header.append("Connected to")
    if show_trainable:
        header.append("Trainable")
        width += 12
        ends = [end * 0.9 for end in ends] + [1.0]
    line_length = line_length or min(width, shutil.get_terminal_size().columns - 4)
    widths = _column_widths(ends, line_length)
    rows = [
        row
        for layer in _in_range(model.layers, layer_range)
        for row in _rows(layer, "", model, not stack, expand_nested, show_trainable)
    ]
    lines = [f'Model: "{model.name}"', *_table(header, rows, widths), *_totals(model)]
    (print_fn or print)("\n".join(lines))


def _is_stack(graph: Any) -> bool:
    """Each call has one input and feeds one other: a stack written as a graph."""
    used = [x for node in graph.nodes for x in node.inputs]
    operations = [node.operation for node in graph.nodes]
    return (
        len(graph.inputs) == 1
        and all(len(node.inputs) == 1 for node in graph.nodes)
        and len({id(x) for x in used}) == len(used)
        and len({id(operation) for operation in operations}) == len(operations)
    )


def _column_widths(ends: list[float], line_length: int) -> list[int]:
    widths, start = [], 0
    for end in ends:
        width = int(end * line_length) - start
        if width < 4:
            raise ValueError(
                message("summary", "each column needs 4 characters", f"line_length={line_length}")
            )
        widths.append(width)
        start += width
    # Borders and spaces do not fit beside them: each column gives up its share, as in rich tables.
    excess = sum(widths) + 3 * len(widths) + 1 - line_length
    for i, columns_left in enumerate(range(len(widths), 0, -1)):
        share = round(excess / columns_left)
        widths[i] -= share
        excess -= share
    return [max(width, 1) for width in widths]


def _in_range(layers: list[Layer], layer_range: Any) -> list[Layer]:
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(message("summary", "layer_range must be two names", repr(layer_range)))
    first = [i for i, layer in enumerate(layers) if re.match(layer_range[0], layer.name)]
    last = [i for i, layer in enumerate(layers) if re.match(layer_range[1], layer.name)]
    if not first or not last:
        raise ValueError(message("summary", "layer_range names no layer", repr(layer_range)))
    low, high = sorted((min(first), max(last)))
    return layers[low : high + 1]


def _rows(
    layer: Any, prefix: str, model: Any, connected: bool, nested: bool, trainable: bool
) -> list[list[str]]:
    kind = type(layer).__name__
    if kind == "Model":
        kind = "Functional"
    params = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    row = [f"{prefix}{layer.name} ({kind})", _shape_text(layer), params]
    if connected:
        row.append(_connections(layer, model._graph))
    if trainable:
        row.append(("Y" if layer.trainable else "N") if layer.weights else "-")
    rows = [row]
    if nested and hasattr(layer, "layers"):
        below = "   " * (prefix.count("   ") + 1) + "└ "
        for inner in layer.layers:
            rows.extend(_rows(inner, below, model, connected, nested, trainable))
    return rows


def _shape_text(layer: Any) -> str:
    nodes = layer._inbound_nodes
    if nodes:
        shapes = [_one_shape(x.shape) for x in tree.flatten(nodes[-1].outputs)]
    elif layer.built and layer._build_shapes is not None:
        try:
            made = layer.compute_output_shape(layer._build_shapes)
        except (NotImplementedError, TypeError, ValueError):
            return "?"
        shapes = [_one_shape(made)] if _flat(made) else [_one_shape(shape) for shape in made]
    else:
        return "?"
    return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"


def _flat(shape: Any) -> bool:
    return all(size is None or isinstance(size, int) for size in shape)


def _one_shape(shape: Any) -> str:
    return f"({', '.join(map(str, shape))})"


def _connections(layer: Any, graph: Any) -> str:
    parts = []
    for node in graph.nodes:
        if node.operation is not layer:
            continue
        for x in node.inputs:
            maker = x.history[0].operation if x.history else None
            index = 0
            if isinstance(maker, Layer):
                index = maker._inbound_nodes.index(x.history[0])
            name = getattr(maker, "name", "input")
            parts.append(f"{name}[{index}][{x.history[1] if x.history else 0}]")
    return ", ".join(parts) if parts and not isinstance(layer, InputLayer) else "-"


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width``, cut between words; a word that is too long loses its end."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and len(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines]


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> list[str]:
    room = widths
    align = ["<", "<", ">", "<", "^"]
    if header[-1] == "Trainable":
        align = [*align[: len(header) - 1], "^"]

    def border(left: str, line: str, cross: str, right: str) -> str:
        return left + cross.join(line * (size + 2) for size in room) + right

    def cells(row: list[str], bar: str) -> list[str]:
        columns = [_wrap(text, size) for text, size in zip(row, room, strict=True)]
        height = max(map(len, columns))
        lines = []
        for i in range(height):
            parts = [
                f" {(column[i] if i < len(column) else ''):{side}{size}} "
                for column, side, size in zip(columns, align, room, strict=False)
            ]
            lines.append(bar + bar.join(parts) + bar)
        return lines

    lines = [border("┏", "━", "┳", "┓"), *cells(header, "┃"), border("┡", "━", "╇", "┩")]
    for i, row in enumerate(rows):
        if i:
            lines.append(border("├", "─", "┼", "┤"))
        lines.extend(cells(row, "│"))
    lines.append(border("└", "─", "┴", "┘"))
    return lines


def _totals(model: Any) -> list[str]:
    trained, fixed = model.trainable_weights, model.non_trainable_weights
    optimizer = getattr(model.optimizer, "variables", []) if model.compiled else []
    if not getattr(model.optimizer, "built", False):
        optimizer = []
    lines = [
        _total("Total params", [*trained, *fixed, *optimizer]),
        _total("Trainable params", trained),
        _total("Non-trainable params", fixed),
    ]
    return [*lines, _total("Optimizer params", optimizer)] if optimizer else lines


def _total(label: str, variables: list[Variable]) -> str:
    unique = {id(v): v for v in variables}.values()
    count = sum(v.size for v in unique)
    size = sum(v.size * _ITEM.get(v.dtype, 4) for v in unique)
    return f" {label}: {count:,} ({_readable(float(size))})"


def _readable(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
