"""A session that takes and gives what the model does: dicts, names, nested structures."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..models.form import Form
from .graph import Graph
from .session import Session

__all__ = ["StructuredSession", "needs_structure"]


def needs_structure(form: Form) -> bool:
    """Whether a plain session would take or give something else than the model."""
    one = len(form.names) == 1 and not isinstance(form.inputs, dict)
    return not (one and _is_plain(form.outputs))


def _is_plain(structure: Any) -> bool:
    """Whether this is what the core takes or gives: one array, or a list of them."""
    if isinstance(structure, list):
        return all(isinstance(leaf, str) for leaf in structure)
    return isinstance(structure, str)


class StructuredSession(Session):
    """`Session` of a model with several inputs, or with a dict, a tuple or nested lists.

    ``step`` and ``run`` take what ``model.predict`` takes (a dict by the names of the inputs too)
    and give what it gives; ``out`` has the structure of the outputs. Beside a plain session it
    costs a call of Python, so that a model of one input and output has that one.

    >>> import numpy as np
    >>> from tidegate import Model, layers
    >>> a, b = layers.Input((None, 3)), layers.Input((None, 3))
    >>> model = Model({"a": a, "b": b}, {"y": layers.GRU(2)(layers.Add()([a, b]))})
    >>> x = np.ones((1, 3), np.float32)
    >>> model.stream().step({"a": x, "b": x})["y"].shape
    (1, 2)
    """

    __slots__ = ("_form", "_lists")

    def __init__(self, graph: Graph, batch: int, form: Form) -> None:
        super().__init__(graph, batch)
        self._form = form
        # Lists of arrays need no change.
        self._lists = _is_plain(form.inputs) and _is_plain(form.outputs)

    def step(self, x: Any, out: Any = None) -> Any:
        """One step of every row."""
        if self._lists and not isinstance(x, dict):
            return super().step(x, out)
        inputs = self._given("step", x)
        if out is None:
            return self._result(super().step(inputs))
        outputs = tree.flatten(out)
        super().step(inputs, outputs[0] if len(outputs) == 1 else outputs)
        return out

    def run(self, x: Any) -> Any:
        """All steps of a sequence."""
        if self._lists and not isinstance(x, dict):
            return super().run(x)
        return self._result(super().run(self._given("run", x)))

    def _given(self, op: str, x: Any) -> Any:
        flat = self._form.flat(op, x)
        return flat[0] if len(flat) == 1 else flat

    def _result(self, y: Any) -> Any:
        return self._form.packed(y if isinstance(y, list) else [y])
