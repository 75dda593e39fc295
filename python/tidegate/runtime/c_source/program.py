"""The parts of an exported file that follow from the graph: state, step, sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..graph import Graph
from ..operation import Operation
from .operations import written
from .parts import Field, Written

__all__ = ["Parameter", "Program", "program"]


@dataclass(frozen=True)
class Parameter:
    """What a step is given or gives.

    Attributes:
        name: in C.
        size: numbers; 1 for an id.
        limit: ids are in [0, limit); 0 for numbers.
    """

    name: str
    size: int
    limit: int = 0

    @property
    def macro(self) -> str:
        """The size's name without the prefix."""
        return {"x": "INPUT", "y": "OUTPUT"}.get(self.name, self.name.upper())


@dataclass(frozen=True)
class Program:
    """A graph in C.

    Attributes:
        name: prefix of all that the header declares.
        inputs, outputs: x and y, or x_<input> and y_<layer> if there are several.
        functions: of the shared text that the calls use.
        activations: that occur, by the runtime's names.
        constants: definitions of the weights.
        fields: of the state.
        step: statements.
        products: "floats" or "bytes", what kernels are kept as.
        multiply_adds: of a step.
    """

    name: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]
    functions: frozenset[str]
    activations: frozenset[str]
    constants: str
    fields: tuple[Field, ...]
    step: tuple[str, ...]
    products: str
    multiply_adds: int

    @property
    def reads_ids(self) -> bool:
        """Whether a step can be refused."""
        return any(parameter.limit for parameter in self.inputs)


def program(graph: Graph, name: str) -> Program:
    """The graph in C, all names of the header beginning with ``name``."""
    operations = graph.operations
    names = _names(operations)
    inputs = _inputs(graph, names)
    outputs = _outputs(graph, names)
    bounded = graph.bounded
    parts = {
        at: written(
            op,
            names[at],
            [operations[read].output_size for read in op.reads],
            (all(bounded[read] for read in op.reads), bounded[at]),
        )
        for at, op in enumerate(operations)
        if op.kind != "input"
    }
    step, places = _calls(graph, names, parts, inputs, outputs)
    fields = [field for part in parts.values() for field in part.fields] + places
    scratch = max(part.scratch for part in parts.values())
    if scratch:
        fields.append(Field("scratch", scratch, start=None))
    room = max(part.room for part in parts.values())
    if room:
        fields.append(Field("room", room, "int8_t", start=None))
    text = " ".join([*step, *(field.reset for field in fields)])
    called = set(re.findall(r"\btg_\w+(?=\()", text))
    return Program(
        name,
        inputs,
        outputs,
        frozenset(set().union(called, *(part.functions for part in parts.values()))),
        frozenset(kind for op in operations for kind in (op.activation, op.recurrent_activation)),
        "\n".join(part.constants for part in parts.values() if part.constants),
        tuple(fields),
        tuple(step),
        "bytes" if graph.weights == "int8" else "floats",
        graph.multiply_adds,
    )


def _inputs(graph: Graph, names: list[str]) -> tuple[Parameter, ...]:
    found = [at for at, op in enumerate(graph.operations) if op.kind == "input"]
    return tuple(
        Parameter(
            "x" if len(found) == 1 else f"x_{names[at]}",
            graph.operations[at].output_size,
            graph.id_limit(at) if graph.operations[at].ids else 0,
        )
        for at in found
    )


def _outputs(graph: Graph, names: list[str]) -> tuple[Parameter, ...]:
    several = len(graph.outputs) > 1
    return tuple(
        Parameter(
            f"y_{names[at]}"
            if several and at not in graph.outputs[:number]
            else f"y_{names[at]}_{number + 1}"
            if several
            else "y",
            graph.operations[at].output_size,
        )
        for number, at in enumerate(graph.outputs)
    )


def _calls(
    graph: Graph,
    names: list[str],
    parts: dict[int, Written],
    inputs: tuple[Parameter, ...],
    outputs: tuple[Parameter, ...],
) -> tuple[list[str], list[Field]]:
    """The statements of a step, and fields for values that need a place of their own."""
    step: list[str] = []
    fields: list[Field] = []
    where = {at: parameter.name for at, parameter in enumerate(inputs)}
    for at, part in parts.items():
        op = graph.operations[at]
        reads = {f"x{number}": where[read] for number, read in enumerate(op.reads)}
        reads["x"] = reads["x0"]
        if part.result is not None:
            where[at] = part.result.format(**reads)
        elif at in graph.outputs:
            where[at] = outputs[graph.outputs.index(at)].name
        else:
            fields.append(Field(f"{names[at]}_y", op.output_size, start=None))
            where[at] = f"state->{names[at]}_y"
        step += [call.format(y=where[at], **reads) for call in part.calls]
    for at, parameter in zip(graph.outputs, outputs, strict=True):
        if where[at] != parameter.name:
            step.append(f"tg_copy({parameter.name}, {where[at]}, {parameter.size});")
    return step, fields


def _names(operations: tuple[Operation, ...]) -> list[str]:
    """A part of C identifiers per operation, of the layer's name, all different."""
    taken: set[str] = set()
    found = []
    for op in operations:
        name = re.sub(r"\W", "_", op.name, flags=re.ASCII)
        if not name[:1].isalpha():
            name = f"layer_{name}"
        own, number = name, 2
        while own in taken:
            own, number = f"{name}_{number}", number + 1
        taken.add(own)
        found.append(own)
    return found
