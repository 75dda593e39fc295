"""The parts of an exported file that follow from the graph: state, step, sizes, self-test."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph import Graph, Operation
from . import values
from .operations import Written, written

__all__ = ["Program", "program"]

_SELF_TEST_STEPS = 12


@dataclass(frozen=True)
class Program:
    """A graph in C.

    Attributes:
        name: prefix of all that the header declares.
        functions: of the shared text that the calls use.
        activations: that occur, by the runtime's names.
        constants: definitions of the weights.
        fields: of the state: name and number of floats.
        reset: names of the fields that start from zero.
        step: the body of the step.
        sizes: macros without the prefix.
        reads_ids: whether x is an id.
        self_test: the stored pair as constants.
    """

    name: str
    functions: frozenset[str]
    activations: frozenset[str]
    constants: str
    fields: dict[str, int]
    reset: tuple[str, ...]
    step: tuple[str, ...]
    sizes: dict[str, int]
    reads_ids: bool
    self_test: str


def program(graph: Graph, name: str) -> Program:
    """The graph in C, all names beginning with ``name``."""
    names = _names(graph.operations)
    parts = [written(op, own) for op, own in zip(graph.operations, names, strict=True)]
    fields = {field: size for part in parts for field, size in part.states.items()}
    reset = tuple(fields)
    step, places = _calls(graph, names, parts)
    fields |= places
    scratch = max(part.scratch for part in parts)
    if scratch:
        fields["scratch"] = scratch
    functions = set().union(*(part.functions for part in parts))
    if reset:
        functions.add("tg_start")
    if any("tg_copy" in call for call in step):
        functions.add("tg_copy")
    return Program(
        name,
        frozenset(functions),
        frozenset(
            found for op in graph.operations for found in (op.activation, op.recurrent_activation)
        ),
        "\n".join(part.constants for part in parts if part.constants),
        fields,
        reset,
        step,
        _sizes(graph),
        graph.reads_ids,
        _self_test(graph),
    )


def _calls(
    graph: Graph, names: list[str], parts: list[Written]
) -> tuple[tuple[str, ...], dict[str, int]]:
    """The statements of a step, and the fields for values that need a place of their own."""
    step: list[str] = []
    places: dict[str, int] = {}
    x = "x"
    last = len(parts) - 1
    for index, (op, own, part) in enumerate(zip(graph.operations, names, parts, strict=True)):
        y = part.result
        if y is None and index == last:
            y = "y"
        elif y is None:
            places[f"{own}_y"] = op.output_size
            y = f"state->{own}_y"
        step += [call.format(x=x, y=y) for call in part.calls]
        x = y.format(x=x)
    if x != "y":
        step.append(f"tg_copy(y, {x}, {graph.output_size});")
    return tuple(step), places


def _names(operations: tuple[Operation, ...]) -> list[str]:
    """A C identifier per operation, of the layer's name, all different."""
    taken: set[str] = set()
    found = []
    for op in operations:
        name = re.sub(r"\W", "_", op.name, flags=re.ASCII)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"layer_{name}"
        own, number = name, 2
        while own in taken:
            own, number = f"{name}_{number}", number + 1
        taken.add(own)
        found.append(own)
    return found


def _sizes(graph: Graph) -> dict[str, int]:
    sizes = {"INPUT_SIZE": graph.input_size, "OUTPUT_SIZE": graph.output_size}
    if graph.reads_ids:
        sizes["INPUT_LIMIT"] = graph.operations[0].input_size
    sizes["MULTIPLY_ADDS"] = graph.multiply_adds
    return sizes


def _self_test(graph: Graph) -> str:
    """Some steps of x and the bits of y that the runtime makes of them."""
    rng = np.random.default_rng(0)
    x: Any
    if graph.reads_ids:
        limit = graph.operations[0].input_size
        x = rng.integers(0, limit, size=_SELF_TEST_STEPS, dtype=np.int32)
        stored = values.array("self_test_x", x, "int32_t")
        y = graph.session().run(x[None])[0]
    else:
        x = rng.normal(size=(_SELF_TEST_STEPS, graph.input_size)).astype(np.float32)
        stored = values.array("self_test_x", x)
        y = graph.session().run(x[None])[0]
    return stored + values.array("self_test_y", y.view(np.uint32), "uint32_t")
