"""The stored pair: some steps of x, and the bits of y that the runtime made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Graph
from .program import Program
from .values import array

__all__ = ["STEPS", "stored_pair"]

STEPS = 12


def stored_pair(graph: Graph, program: Program) -> str:
    """Constants stored_<parameter> [STEPS][size], of ids [STEPS]; outputs as uint32_t."""
    rng = np.random.default_rng(0)
    x: list[Any] = []
    for given in program.inputs:
        if given.limit:
            x.append(rng.integers(0, given.limit, size=STEPS, dtype=np.int32))
        else:
            x.append(rng.normal(size=(STEPS, given.size)).astype(np.float32))
    text = [
        array(f"stored_{given.name}", values, "int32_t" if given.limit else "float")
        for given, values in zip(program.inputs, x, strict=True)
    ]
    session = graph.session()
    rows = [session.step(_one_or_list([values[t : t + 1] for values in x])) for t in range(STEPS)]
    for number, given in enumerate(program.outputs):
        y = np.concatenate([row[number] if isinstance(row, list) else row for row in rows])
        text.append(array(f"stored_{given.name}", y.view(np.uint32), "uint32_t"))
    return "".join(text)


def _one_or_list(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
