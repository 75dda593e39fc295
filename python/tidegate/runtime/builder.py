"""The operations of a graph while it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import not_offered
from .operation import Operation

__all__ = ["Builder", "Value"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Value:
    """What an operation gives: its position, numbers per row, whether it has a row per step."""

    position: int
    width: int
    sequence: bool


class Builder:
    """Collects operations; each comes after what it reads."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        # Variables stay alive with their snapshots, so that no other one gets their id.
        self._snapshots: dict[int, tuple[Any, Array]] = {}

    def add(
        self,
        kind: str,
        layer: Any,
        reads: list[Value],
        output_size: int,
        *,
        input_size: int | None = None,
        ends: bool = False,
        **fields: Any,
    ) -> Value:
        """Append an operation; `ends` says that it takes a sequence to one row."""
        wide = sum(value.width for value in reads) if input_size is None else input_size
        positions = tuple(value.position for value in reads)
        self.operations.append(Operation(kind, layer.name, wide, output_size, positions, **fields))
        sequence = bool(reads) and reads[0].sequence and not ends
        return Value(len(self.operations) - 1, output_size, sequence)

    def add_input(self, name: str, width: int, *, ids: bool, sequence: bool) -> Value:
        """Append an input."""
        self.operations.append(Operation("input", name, 0, width, ids=ids, sequence=sequence))
        return Value(len(self.operations) - 1, width, sequence)

    def weights(self, layer: Any, *names: str) -> dict[str, Array]:
        """Read-only copies of the layer's weights, one of each variable; without those it lacks."""
        found = {name: getattr(layer, name) for name in names}
        return {name: self._snapshot(value) for name, value in found.items() if value is not None}

    def _snapshot(self, variable: Any) -> Array:
        if id(variable) not in self._snapshots:
            values = np.array(variable.numpy(), dtype=np.float32, order="C")
            values.flags.writeable = False
            self._snapshots[id(variable)] = (variable, values)
        return self._snapshots[id(variable)][1]


def refuse(layer: Any, what: str, instead: str | None = None) -> Exception:
    """The error for a layer that the runtime cannot run."""
    return not_offered("lower", f"layer {layer.name!r} {what}", instead)
