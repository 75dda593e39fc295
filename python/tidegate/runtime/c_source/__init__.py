"""A graph as C99: one file and a small header."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ...errors import message
from ...saving.atomic import write_atomically
from ..graph import Graph
from .document import header, source
from .program import program
from .self_test import stored_pair

__all__ = ["write_c"]


def write_c(
    graph: Graph,
    filepath: str | os.PathLike[str],
    name: str | None = None,
    freestanding: bool = False,
) -> None:
    """Write ``filepath`` and, beside it, the header ``<name>.h`` that it includes.

    Args:
        graph: what `lower` gives, with weights of float32 or int8.
        filepath: of the C file.
        name: begins all names that the header declares; that of the file, without ".c", if None.
        freestanding: use no library, `fmaf` neither: the bits are those of the runtime only where
            the processor has an instruction for it.

    Raises:
        ValueError: a name that is no identifier of C; a graph that cannot run step by step; weights
            that are not finite or kept in another way.
        NotOfferedError: an operation that has no C yet; its layer is named.
    """
    path = Path(os.fspath(filepath))
    name = path.stem if name is None else name
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(
            message(
                "export",
                "name must be an identifier of C: letters, digits and _, a letter first",
                repr(name),
                'export("my-model.c", name="my_model")',
            )
        )
    if graph.weights not in ("float32", "int8"):
        raise ValueError(
            message(
                "export",
                "C source keeps weights as float32 or int8",
                f"weights={graph.weights!r}",
                'weights="float32" writes the rounded values out',
            )
        )
    if graph.step_error:
        raise ValueError(message("export", graph.step_error, hint="C source runs step by step"))
    made = program(graph, name)
    title = repr(graph).strip("<>").removeprefix("Graph ") + "."
    text = source(made, title, stored_pair(graph, made), freestanding)
    write_atomically(path, [text.encode()])
    write_atomically(path.with_name(f"{name}.h"), [header(made, title).encode()])
