"""The pieces that an operation is written as."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..operation import Operation
from . import values

__all__ = ["Field", "Written", "activation_kind", "constant"]


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
        if self.size == 1:
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
        calls: statements of a step.
        result: the expression of its value if that needs no place of its own.
    """

    functions: set[str] = field(default_factory=set)
    constants: str = ""
    fields: list[Field] = field(default_factory=list)
    scratch: int = 0
    calls: list[str] = field(default_factory=list)
    result: str | None = None


def activation_kind(name: str) -> str:
    """The activation's name in gates.h."""
    return f"TG_{name.upper()}"


def constant(op: Operation, key: str, name: str) -> tuple[str, str]:
    """The definition of one of the operation's vectors, and its name; "" and a null without it."""
    vector = op.weights.get(key)
    return ("", "0") if vector is None else (values.array(name, vector), name)
