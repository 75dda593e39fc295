"""``tidegate inspect m.tide``: what a file contains, in words."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .graph import Graph
from .operation import Operation
from .tide_file import load

__all__ = ["describe"]


def describe(filepath: str | os.PathLike[str]) -> str:
    """The graph of a ``.tide`` file, its sizes, and what a step and a session take.

    Raises:
        ModelFileError, OSError: as `load`.
    """
    graph = load(filepath)
    rows: list[tuple[str, ...]] = [("", "operation", "name", "reads", "sizes", "weights")]
    rows += [_row(number, operation) for number, operation in enumerate(graph.operations)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths)) for row in rows]
    return "\n".join([line.rstrip() for line in lines] + ["", *_totals(graph, filepath)])


def _row(number: int, operation: Operation) -> tuple[str, ...]:
    sizes = str(operation.output_size)
    if operation.kind == "input":
        sizes = "ids" if operation.ids else sizes
    else:
        sizes = f"{operation.input_size} -> {sizes}"
    weights = ", ".join(f"{name} {_shape(value)}" for name, value in operation.weights.items())
    reads = ", ".join(map(str, operation.reads))
    return str(number), operation.kind, operation.name, reads, sizes, weights


def _shape(array: np.ndarray[Any, Any]) -> str:
    """With the dtype where it is not float32."""
    dtype = {"float32": "", "uint16": "bfloat16 "}.get(array.dtype.name, f"{array.dtype.name} ")
    return f"{dtype}{list(array.shape)}"


def _totals(graph: Graph, filepath: str | os.PathLike[str]) -> list[str]:
    parameters = {id(v): v.size for op in graph.operations for v in op.weights.values()}
    lines = [
        f"outputs              {', '.join(map(str, graph.outputs))}",
        f"file                 {os.path.getsize(filepath):,} bytes",
        f"parameters           {sum(parameters.values()):,}, kernels kept as {graph.weights}",
        f"packed weights       {graph.nbytes:,} bytes",
    ]
    if graph.step_error:
        return [*lines, f"whole sequences      {graph.step_error}"]
    return [
        *lines,
        f"multiply-adds        {graph.multiply_adds:,} per step",
        f"memory of a session  {graph.session().nbytes:,} bytes",
    ]
