"""The pieces that an operation is written as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..operation import Operation
from . import values

__all__ = ["Field", "Matrix", "Written", "activation_kind", "padded", "run_of", "vector"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Field:
    """An array in the state.

    Attributes:
        start: what its values are in a new sequence; None if that does not matter.
    """

    name: str
    size: int
    kind: str = "float"
    start: str | None = "0.0f"

    @property
    def declaration(self) -> str:
        """In the struct."""
        return f"{self.kind} {self.name}[{self.size}];"

    @property
    def reset(self) -> str:
        """The statement that begins a sequence, or ""."""
        if self.start is None:
            return ""
        if self.kind != "float":
            return f"state->{self.name}[0] = {self.start};"
        return f"tg_fill(state->{self.name}, {self.start}, {self.size});"


@dataclass
class Written:
    """One operation in C. Texts use {x} or {x0}, {x1}, ... for what it reads and {y} for its value.

    Attributes:
        functions: of the shared text, and its names of activations.
        constants: definitions of its weights.
        fields: of the state, from step to step.
        scratch: floats that the calls may overwrite, shared by all operations.
        room: the same in bytes.
        calls: statements of a step.
        result: the expression of its value if that needs no place of its own.
    """

    functions: set[str] = field(default_factory=set)
    constants: str = ""
    fields: list[Field] = field(default_factory=list)
    scratch: int = 0
    room: int = 0
    calls: list[str] = field(default_factory=list)
    result: str | None = None


class Matrix:
    """A kernel as the loops read it: float32, or whole numbers of 8 bits with their scales.

    Attributes:
        constants: the definitions of its arrays.
        initializer: of a tg_matrix.
        whole: whether it is kept as whole numbers.
    """

    def __init__(self, name: str, kernel: Array, scale: Array | None, fixed: bool) -> None:
        self.whole = scale is not None
        self.constants = values.array(name, kernel, "int8_t" if self.whole else "float")
        self.initializer = name
        if scale is not None:
            self.constants += values.array(f"{name}_scale", scale)
            self.initializer = f"{{{name}, {name}_scale, {int(fixed)}}}"


def run_of(op: Operation) -> int:
    """Values of a kernel along k that lie together: whole numbers are multiplied four at a time."""
    return 4 if "kernel_scale" in op.weights else 1


def padded(size: int) -> int:
    """Bytes of a row of whole numbers."""
    return -(-size // 4) * 4


def activation_kind(name: str) -> str:
    """The activation's name in gates.h."""
    return f"TG_{name.upper()}"


def vector(op: Operation, key: str, name: str) -> tuple[str, str]:
    """The definition of one of the operation's vectors, and its name; "" and a null without it."""
    found = op.weights.get(key)
    return ("", "0") if found is None else (values.array(name, found), name)
