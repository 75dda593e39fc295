"""The structure in which a model takes its inputs and gives its outputs."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..errors import message
from ..symbolic import KerasTensor
from ..tensor import Tensor

__all__ = ["Form"]


class Form:
    """Structures of names in place of tensors, so that it keeps no layer alive.

    Attributes:
        inputs, outputs: names in the structure that the user gave; a list or tuple of one output
            is that output.
        names: of the inputs, flat.

    >>> from tidegate.layers import Input
    >>> x, y = Input((3,), name="x"), Input((3,), name="y")
    >>> form = Form({"a": x, "b": [y]}, [x])
    >>> form.flat("call", {"b": [1], "a": 2}), form.packed([3])
    ([2, 1], 3)
    """

    __slots__ = ("inputs", "names", "outputs")

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs = tree.map_structure(lambda x: x.name, inputs)
        self.names: list[str] = tree.flatten(self.inputs)
        alone = isinstance(outputs, (list, tuple)) and len(outputs) == 1
        self.outputs = tree.map_structure(lambda x: x.name, outputs[0] if alone else outputs)

    def flat(self, op: str, inputs: Any) -> list[Any]:
        """Inputs as a flat list: in this structure, flat, or a dict by the names of the inputs.

        Raises:
            ValueError: keys that are missing, another number of inputs.
        """
        if isinstance(inputs, dict):
            by_name = not isinstance(self.inputs, dict)
            keys = self.names if by_name else list(self.inputs)
            if any(key not in inputs for key in keys):
                wanted = keys if by_name else sorted(keys)
                raise ValueError(
                    message(op, f"inputs must have the keys {wanted}", f"keys {list(inputs)}")
                )
            if by_name:
                return [inputs[name] for name in self.names]
            inputs = {key: inputs[key] for key in keys}
        flat = [inputs] if isinstance(inputs, (Tensor, KerasTensor)) else tree.flatten(inputs)
        if len(flat) != len(self.names):
            raise ValueError(
                message(op, f"the model has {len(self.names)} input(s)", f"{len(flat)} tensors")
            )
        return flat

    def packed(self, outputs: list[Any]) -> Any:
        """Values of the outputs in their structure."""
        if not isinstance(self.outputs, (list, tuple, dict)):
            return outputs[0]
        return tree.pack_sequence_as(self.outputs, outputs)
