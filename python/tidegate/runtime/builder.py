"""The operations of a graph while it is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import NotOfferedError, not_offered
from .operation import Operation
from .storage import keeps, kept

__all__ = ["Builder", "Call", "Value", "refuse"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Value:
    """What an operation gives: its position, numbers per row, whether it has a row per step."""

    position: int
    width: int
    sequence: bool


@dataclass(frozen=True)
class Call:
    """One use of a layer.

    Attributes:
        reads: the values of its inputs.
        shapes: their shapes, batch axis included.
        several: whether it gives several outputs.
    """

    layer: Any
    reads: list[Value]
    shapes: list[tuple[int | None, ...]]
    several: bool = False

    def read(self) -> Value:
        """The value that a layer of one input reads."""
        if len(self.reads) != 1:
            hint = "one input; states start from zero"
            raise refuse(self.layer, f"called on {len(self.reads)} tensors", hint)
        return self.reads[0]


class Builder:
    """Collects operations; each comes after what it reads."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._path = ""
        # Variables stay alive with their snapshots, so that no other one gets their id.
        self._snapshots: dict[int, tuple[Any, Array]] = {}

    @contextmanager
    def inside(self, layer: Any) -> Iterator[None]:
        """Operations that are added meanwhile are parts of the layer: `layer/part`."""
        before, self._path = self._path, f"{self._path}{layer.name}/"
        yield
        self._path = before

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
        name = self._path + layer.name
        self.operations.append(Operation(kind, name, wide, output_size, positions, **fields))
        sequence = bool(reads) and reads[0].sequence and not ends
        return Value(len(self.operations) - 1, output_size, sequence)

    def add_input(self, name: str, width: int, *, ids: bool, sequence: bool) -> Value:
        """Append an input."""
        self.operations.append(Operation("input", name, 0, width, ids=ids, sequence=sequence))
        return Value(len(self.operations) - 1, width, sequence)

    def weights(self, layer: Any, **names: str) -> dict[str, Array]:
        """Read-only copies of weights, as `name in the operation = name of the layer's variable`.

        A variable that is None is left out; one that two layers or uses share is copied once.
        """
        found = {name: getattr(layer, variable) for name, variable in names.items()}
        return {name: self._snapshot(value) for name, value in found.items() if value is not None}

    def kept(self, weights: str) -> list[Operation]:
        """The operations with their weights as they are kept; one array for each snapshot."""
        known: dict[tuple[int, ...], dict[str, Array]] = {}
        found = []
        for operation in self.operations:
            if keeps(operation.kind, weights):
                arrays = operation.weights
                key = tuple(map(id, arrays.values()))
                if key not in known:
                    known[key] = kept(operation.name, arrays, weights)
                operation = replace(operation, weights=known[key])
            found.append(operation)
        return found

    def _snapshot(self, variable: Any) -> Array:
        if id(variable) not in self._snapshots:
            self._snapshots[id(variable)] = (variable, frozen(variable.numpy()))
        return self._snapshots[id(variable)][1]


def frozen(values: Any) -> Array:
    """A read-only float32 copy."""
    copy = np.array(values, dtype=np.float32, order="C")
    copy.flags.writeable = False
    return copy


def refuse(layer: Any, what: str, instead: str | None = None) -> NotOfferedError:
    """The error for a layer that the runtime cannot run."""
    return not_offered("lower", f"layer {layer.name!r} {what}", instead)
