"""A graph of symbolic calls, put into an order in which it can be run."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..errors import message
from ..layers.layer import Layer
from ..symbolic import KerasTensor, Node
from .form import Form

__all__ = ["Graph"]


class _Step:
    """One call: which values go in, where the results go, which values are not needed after."""

    __slots__ = ("args", "done", "inputs", "kwargs", "operation", "outputs", "single")

    def __init__(self, node: Node, slots: dict[int, int]) -> None:
        self.operation = node.operation
        self.args = node.args
        self.kwargs = node.kwargs
        self.inputs = [slots[id(x)] for x in node.inputs]
        one = len(node.args) == 1 and isinstance(node.args[0], KerasTensor)
        self.single = self.inputs[0] if one and len(self.inputs) == 1 else None
        self.outputs = [slots[id(x)] for x in tree.flatten(node.outputs)]
        self.done: list[int] = []

    def run(self, values: list[Any]) -> None:
        if self.single is not None:
            y = self.operation(values[self.single], **self.kwargs)
        else:
            waiting = iter([values[slot] for slot in self.inputs])
            args, kwargs = tree.map_structure(
                lambda leaf: next(waiting) if isinstance(leaf, KerasTensor) else leaf,
                (self.args, self.kwargs),
            )
            y = self.operation(*args, **kwargs)
        if len(self.outputs) == 1 and not isinstance(y, (list, tuple, dict)):
            values[self.outputs[0]] = y
        else:
            for slot, leaf in zip(self.outputs, tree.flatten(y), strict=True):
                values[slot] = leaf
        for slot in self.done:
            values[slot] = None


class Graph:
    """What lies between symbolic inputs and outputs.

    Attributes:
        inputs, outputs: flat lists of KerasTensors.
        input_struct, output_struct: as the user gave them.
        form: their structure alone.
        nodes: in the order in which they run.
        entries: layers, and a node for each call of an op, in Keras' order: by depth, then by
            first visit.
        operations: the layers and ops of ``entries``.

    Raises:
        ValueError: something that is not symbolic, an output that needs an input that was not
            given, two layers of one name.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.input_struct, self.output_struct = inputs, outputs
        self.inputs: list[KerasTensor] = tree.flatten(inputs)
        self.outputs: list[KerasTensor] = tree.flatten(outputs)
        for kind, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            for tensor in tensors:
                if not isinstance(tensor, KerasTensor):
                    raise ValueError(
                        message(
                            "Model",
                            f"all {kind} must be symbolic tensors",
                            f"{type(tensor).__name__}",
                            "inputs come from Input(...), outputs from layers called on them",
                        )
                    )
        self.form = Form(inputs, outputs)
        given = {id(x) for x in self.inputs}
        self.nodes, order = _visit(self.outputs, given)
        self.entries = _by_depth(self.nodes, order, self.inputs)
        self.operations = [e if isinstance(e, Layer) else e.operation for e in self.entries]
        self._check_names()
        slots = {id(x): number for number, x in enumerate(self.inputs)}
        for node in self.nodes:
            for x in tree.flatten(node.outputs):
                slots.setdefault(id(x), len(slots))
        self._size = len(slots)
        self._results = [slots[id(x)] for x in self.outputs]
        self._steps = [_Step(node, slots) for node in self.nodes]
        self._free_early()

    def _check_names(self) -> None:
        names = [layer.name for layer in self.layers]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise ValueError(
                message("Model", "layers must have unique names", f"{double} more than once")
            )

    def _free_early(self) -> None:
        """Let go of each value after its last use: inference then holds few at a time."""
        seen = set(self._results)
        for step in reversed(self._steps):
            for slot in (*step.inputs, *step.outputs):
                if slot not in seen:
                    seen.add(slot)
                    step.done.append(slot)

    @property
    def layers(self) -> list[Layer]:
        """The layers, in Keras' order."""
        return [operation for operation in self.operations if isinstance(operation, Layer)]

    def run(self, inputs: list[Any]) -> Any:
        """The outputs for these inputs, in the structure that the user gave.

        As in Keras values come out of a list or tuple of one output; symbolic tensors stay in it.
        """
        values: list[Any] = [None] * self._size
        values[: len(inputs)] = inputs
        for step in self._steps:
            step.run(values)
        if self.output_struct is self.outputs[0]:
            return values[self._results[0]]
        results = [values[slot] for slot in self._results]
        if isinstance(inputs[0], KerasTensor):
            return tree.pack_sequence_as(self.output_struct, results)
        return self.form.packed(results)


def _visit(outputs: list[KerasTensor], given: set[int]) -> tuple[list[Node], dict[Any, int]]:
    """Nodes so that each comes after what it needs, and operations in the order of first visit."""
    finished: set[int] = set()
    nodes: list[Node] = []
    order: dict[Any, int] = {}
    # A stack in place of recursion: a graph may be deeper than Python's stack.
    for output in outputs:
        stack: list[tuple[KerasTensor, bool]] = [(output, False)]
        while stack:
            tensor, ready = stack.pop()
            if tensor.history is None:
                if id(tensor) not in given:
                    raise ValueError(_disconnected(tensor))
                continue
            node = tensor.history[0]
            if ready:
                if id(node) not in finished:
                    finished.add(id(node))
                    nodes.append(node)
                continue
            if id(tensor) in given:
                order.setdefault(_key(node), len(order))
                continue
            if id(node) in finished:
                continue
            if not node.inputs and not node.args:
                raise ValueError(_disconnected(tensor))
            order.setdefault(_key(node), len(order))
            stack.append((tensor, True))
            stack.extend((x, False) for x in reversed(node.inputs))
    return nodes, order


def _disconnected(tensor: KerasTensor) -> str:
    return message(
        "Model",
        "the graph is disconnected: an output needs a tensor that is not among the inputs",
        repr(tensor),
        "list it in inputs=, or build the output from the given inputs only",
    )


def _key(node: Node) -> Any:
    """Layers are shared between nodes; an op counts once per call."""
    return node.operation if isinstance(node.operation, Layer) else node


def _by_depth(nodes: list[Node], order: dict[Any, int], inputs: list[KerasTensor]) -> list[Any]:
    depths: dict[Any, int] = {}
    node_depths: dict[int, int] = {}
    makers = {id(x): node for node in nodes for x in tree.flatten(node.outputs)}
    starts: dict[Any, int] = {}
    for node in reversed(nodes):
        depth = max(node_depths.get(id(node), 0), depths.get(_key(node), 0))
        depths[_key(node)] = node_depths[id(node)] = depth
        for x in node.inputs:
            maker = makers.get(id(x))
            if maker is not None:
                node_depths[id(maker)] = max(depth + 1, node_depths.get(id(maker), 0))
            elif x.history is not None:
                key = _key(x.history[0])
                starts[key] = max(depth + 1, starts.get(key, 0))
    for x in inputs:
        if x.history is not None and isinstance(x.history[0].operation, Layer):
            key = _key(x.history[0])
            if not x.history[0].args:
                depths.setdefault(key, starts.get(key, 0))
    return sorted(depths, key=lambda key: (-depths[key], order.get(key, -1)))
