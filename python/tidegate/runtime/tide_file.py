"""``.tide`` files: a graph with its weights, for the C++ runtime and for Python.

A file is a plain safetensors file. Its ``__metadata__`` holds the graph as JSON text, the SHA-256
of the file with that field as 64 zeros, and the steps of a stored pair of inputs and outputs, which
the reader computes again. The one reader is C++ (``cpp/include/tidegate/model_file.h``).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import fields
from typing import Any

import numpy as np

from ..devices import kernels
from ..errors import message
from ..saving import safetensors
from ..saving.atomic import write_atomically
from ..saving.errors import ModelFileError
from .graph import Graph
from .operation import ARRAYS, Operation, array_names

__all__ = ["load", "write_tide"]

Array = np.ndarray[Any, Any]

_FORMAT = {"format": "tidegate", "version": "1"}
_ZEROS = "0" * 64
_PAIR_STEPS = 8
# Names in the file, those of the C++ runtime, by the attributes of an Operation.
_FIELDS = {
    field.name: {"input_size": "inputs", "output_size": "outputs"}.get(field.name, field.name)
    for field in fields(Operation)
    if field.name != "weights"
}
_DEFAULTS = {field.name: field.default for field in fields(Operation)}


def write_tide(graph: Graph, filepath: str | os.PathLike[str], check_pair: bool = True) -> None:
    """Write ``graph`` to a file, atomically; any reader of safetensors sees its weights.

    They are written as the graph keeps them: F32, BF16, F16, or I8 beside its scales.

    Args:
        graph: what `lower` gives.
        filepath: of the file; `load` reads it back, and so does the C++ runtime.
        check_pair: store inputs of 8 steps and what the graph makes of them, which a reader
            computes again. A graph that cannot run step by step has none.

    Raises:
        ValueError: a number of the graph that is not finite.
        OSError: what the file system says; a file that was there is then as it was.
    """
    tensors: dict[str, Array] = {}
    text = _graph_text(graph, tensors)
    metadata = {**_FORMAT, "sha256": _ZEROS, "graph": text}
    if check_pair and not graph.step_error:
        metadata["pair_steps"] = str(_PAIR_STEPS)
        tensors |= _pair(graph)
    bits = [name for name, array in tensors.items() if array.dtype == np.uint16]
    pieces = safetensors.serialize(tensors, metadata, bfloat16=bits)
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    field = f'"sha256":"{_ZEROS}"'.encode()
    header = bytes(pieces[1]).replace(
        field, field.replace(_ZEROS.encode(), digest.hexdigest().encode()), 1
    )
    write_atomically(filepath, [pieces[0], header, *pieces[2:]])


def load(source: str | os.PathLike[str] | bytes, check_pair: bool = True) -> Graph:
    """The graph of a ``.tide`` file, ready for sessions.

    Args:
        source: the path of a file, or its bytes.
        check_pair: run the stored inputs and compare with the stored outputs.

    Raises:
        ModelFileError: any bytes that are not such a file, unchanged; the text says which rule they
            break.
        OSError: what the file system says.

    >>> import tempfile
    >>> import tidegate
    >>> from tidegate.layers import GRU, Dense, Input
    >>> model = tidegate.Sequential([Input((None, 2)), GRU(8), Dense(1)])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.tide")
    >>> model.export(path)
    >>> session = load(path).session()
    >>> x = np.ones((1, 2), np.float32)
    >>> bool(session.step(x) == model.stream().step(x))
    True
    """
    if isinstance(source, bytes):
        data = source
    else:
        with open(source, "rb") as file:
            data = file.read()
    try:
        core = kernels().load_graph(data, check_pair)
    except ValueError as error:
        raise ModelFileError(str(error)) from None
    tensors, metadata = safetensors.parse(data, bfloat16=True)
    text = json.loads(metadata["graph"])
    operations = tuple(_operation(entry, tensors) for entry in text["operations"])
    return Graph(operations, tuple(text["outputs"]), text["weights"], core)


def _graph_text(graph: Graph, tensors: dict[str, Array]) -> str:
    """The graph as JSON; its arrays are put into ``tensors`` under the names that it uses."""
    names: dict[int, str] = {}
    entries = [_entry(operation, tensors, names) for operation in graph.operations]
    whole = {"operations": entries, "outputs": list(graph.outputs), "weights": graph.weights}
    try:
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise ValueError(
            message("export", "alpha and epsilon of every layer must be finite", repr(graph))
        ) from None


def _entry(
    operation: Operation, tensors: dict[str, Array], names: dict[int, str]
) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for name, key in _FIELDS.items():
        value = getattr(operation, name)
        if value != _DEFAULTS[name]:
            entry[key] = list(value) if isinstance(value, tuple) else value
    for key, name in zip(ARRAYS, array_names(operation.kind)):
        array = operation.weights.get(name)
        if array is None:
            continue
        if id(array) not in names:  # a layer that is used twice has one tensor
            names[id(array)] = _free_name(f"{operation.name}.{name}", tensors)
            tensors[names[id(array)]] = array
        entry[key] = names[id(array)]
    return entry


def _free_name(name: str, tensors: dict[str, Array]) -> str:
    number = 0
    found = name
    while found in tensors or found == "__metadata__" or found.startswith("pair."):
        number += 1
        found = f"_{number}.{name}"
    return found


def _operation(entry: dict[str, Any], tensors: dict[str, Array]) -> Operation:
    """What `_entry` has written; the core has checked it."""
    values = {name: entry[key] for name, key in _FIELDS.items() if key in entry}
    values.setdefault("name", "")
    values.setdefault("input_size", 0)
    values.setdefault("output_size", 0)
    values["reads"] = tuple(values.get("reads", ()))
    names = zip(ARRAYS, array_names(entry["kind"]))
    values["weights"] = {name: tensors[entry[key]] for key, name in names if entry.get(key)}
    return Operation(**values)


def _pair(graph: Graph) -> dict[str, Array]:
    """Inputs of some steps, and what the graph makes of them."""
    x: list[Array] = []
    for number, operation in enumerate(graph.inputs):
        steps = np.arange(_PAIR_STEPS)
        if operation.ids:
            x.append((steps * 7 % graph.id_limit(number)).astype(np.int32))
        else:
            places = np.arange(operation.output_size)
            angles = 0.5 + 1.7 * steps[:, None] + 0.3 * places
            x.append(np.array([[math.sin(a) for a in row] for row in angles], np.float32))
    rows = [value[None] for value in x]
    result: Any = graph.session().run(rows if len(rows) > 1 else rows[0])
    y = result if isinstance(result, (list, tuple)) else [result]
    inputs = {f"pair.x.{i}": value for i, value in enumerate(x)}
    return inputs | {f"pair.y.{i}": value[0] for i, value in enumerate(y)}
