"""A graph of layers as Keras' dictionary, and back.

Each entry of "layers" is a layer (or operation) with its "inbound_nodes", one for each call, whose
tensors are ``[name of the layer, number of its call, number of the output]``.

Keras writes masks as operations of the graph; they are not written here, where masks ride on the
tensors, and dropped when read: both sides derive them again from the layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import tree
from ..errors import message
from ..layers.layer import Layer
from ..layers.registry import deserialize, serialize
from ..saving.objects import deserialize_keras_object, serialize_keras_object
from ..symbolic import KerasTensor, Node
from .graph import Graph
from .op_config import is_op_entry, op_entry, op_function, op_name

__all__ = ["graph_config", "graph_from_config"]


class _Writer:
    """Names and numbers of the nodes of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        kept = {id(node) for node in graph.nodes}
        self.names: dict[int, str] = {}  # of each node's layer or operation
        self.numbers: dict[int, int] = {}
        self.inputs: dict[int, tuple[str, KerasTensor]] = {}
        taken = {layer.name for layer in graph.layers}
        for entry in graph.entries:
            if isinstance(entry, Layer):
                nodes = [node for node in entry._inbound_nodes if id(node) in kept]
                for number, node in enumerate(nodes):
                    self.names[id(node)], self.numbers[id(node)] = entry.name, number
            else:
                name = _free(op_name(entry), taken)
                self.names[id(entry)], self.numbers[id(entry)] = name, 0
        for x in graph.inputs:
            own = x.history is not None and not x.history[0].args
            name = x.history[0].operation.name if own and x.history else f"{x.name}CLONE"
            self.inputs[id(x)] = (name, x)

    def where(self, x: KerasTensor, shift_models: bool = False) -> list[Any]:
        """[name, number of the call, number of the output] of a tensor."""
        if id(x) in self.inputs:
            return [self.inputs[id(x)][0], 0, 0]
        assert x.history is not None
        node, output = x.history
        number = self.numbers[id(node)]
        # Keras counts the calls of a functional model inside from 1 in lists of outputs.
        if shift_models and _is_functional(node.operation):
            number += 1
        return [self.names[id(node)], number, output]

    def plain(self, leaf: Any) -> Any:
        """A leaf of a call's arguments."""
        if not isinstance(leaf, KerasTensor):
            return leaf
        return {
            "class_name": "__keras_tensor__",
            "config": {
                "shape": leaf.shape,
                "dtype": leaf.dtype,
                "keras_history": self.where(leaf),
            },
        }

    def call(self, args: Any, kwargs: Any) -> dict[str, Any]:
        """One inbound node."""
        written = tree.map_structure(
            lambda leaf: (
                self.plain(leaf) if isinstance(leaf, KerasTensor) else serialize_keras_object(leaf)
            ),
            [list(args), dict(kwargs)],
        )
        return {"args": written[0], "kwargs": written[1]}

    def layers(self) -> Iterator[dict[str, Any]]:
        """The entries, in Keras' order."""
        kept = {id(node) for node in self.graph.nodes}
        for name, x in self.inputs.values():
            if name.endswith("CLONE"):
                yield {**_input_entry(name, x), "name": name, "inbound_nodes": []}
        for entry in self.graph.entries:
            if isinstance(entry, Layer):
                nodes = [node for node in entry._inbound_nodes if id(node) in kept]
                calls = [self.call(node.args, _keywords(node)) for node in nodes]
                yield {**serialize(entry), "name": entry.name, "inbound_nodes": calls}
            else:
                name = self.names[id(entry)]
                envelope, args = op_entry(entry, name)
                yield {**envelope, "name": name, "inbound_nodes": [self.call(args, {})]}


def _free(base: str, taken: set[str]) -> str:
    name, number = base, 0
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name


def _is_functional(operation: Any) -> bool:
    from .sequential import Sequential

    return getattr(operation, "_graph", None) is not None and not isinstance(operation, Sequential)


def _keywords(node: Node) -> dict[str, Any]:
    """Keyword arguments; those that Keras fills in itself where the call has but one tensor."""
    if node.kwargs or len(node.args) != 1 or not isinstance(node.args[0], KerasTensor):
        return node.kwargs
    signature = node.operation.signature()
    filled: dict[str, Any] = {}
    if signature.has_training and signature.training_default is not None:
        filled["training"] = signature.training_default
    if signature.has_mask:
        filled["mask"] = None
    return filled


def _input_entry(name: str, x: KerasTensor) -> dict[str, Any]:
    from ..layers.input_layer import InputLayer

    return serialize(InputLayer(batch_shape=x.shape, dtype=x.dtype, name=name))


def graph_config(graph: Graph) -> dict[str, Any]:
    """``layers``, ``input_layers`` and ``output_layers`` of a functional model."""
    writer = _Writer(graph)
    return {
        "layers": list(writer.layers()),
        "input_layers": tree.map_structure(writer.where, graph.input_struct),
        "output_layers": tree.map_structure(
            lambda x: writer.where(x, shift_models=True), graph.output_struct
        ),
    }


# Reading

_Call = tuple[str, int]  # name of the layer, number of its call


class _Reader:
    """Layers and calls of one configuration."""

    def __init__(self, config: dict[str, Any], custom_objects: Any) -> None:
        self.entries = {entry["name"]: entry for entry in config["layers"]}
        self.custom_objects = custom_objects
        self.made: dict[str, Any] = {}
        self.outputs: dict[_Call, list[KerasTensor]] = {}
        self.needed: set[_Call] = set()
        self.shift: set[str] = set()
        for name, entry in self.entries.items():
            if is_op_entry(entry):
                continue  # most are masks, which are derived again
            layer = self.made[name] = deserialize(entry, custom_objects)
            if _is_functional(layer):
                self.shift.add(name)
            if not entry["inbound_nodes"] and hasattr(layer, "batch_shape"):
                self.outputs[name, 0] = [layer.output]

    def run_all(self, outputs: list[_Call]) -> None:
        """Make every call that these need, each layer's calls in their order.

        Raises:
            ValueError: a circle.
        """
        needed = self.needed
        waiting = list(outputs)
        while waiting:
            call = waiting.pop()
            if call not in needed and call not in self.outputs:
                needed.add(call)
                waiting.extend(self._sources(call))
        left = [
            (name, number)
            for name, entry in self.entries.items()
            for number in range(len(entry["inbound_nodes"]))
            if (name, number) in needed
        ]
        while left:
            ready = [call for call in left if self._is_ready(call)]
            if not ready:
                raise ValueError(message("from_config", "the graph runs in a circle", left))
            for call in ready:
                self.run(call)
            left = [call for call in left if call not in self.outputs]

    def _is_ready(self, call: _Call) -> bool:
        name, number = call
        before = all(
            (name, earlier) in self.outputs or (name, earlier) not in self.needed
            for earlier in range(number)
        )
        return before and all(source in self.outputs for source in self._sources(call))

    def _node(self, call: _Call) -> dict[str, Any]:
        name, number = call
        nodes = self.entries.get(name, {}).get("inbound_nodes", [])
        if not 0 <= number < len(nodes):
            raise ValueError(message("from_config", "unknown layer or call", f"{name}, {number}"))
        return nodes[number]

    def _arguments(self, call: _Call) -> tuple[list[Any], dict[str, Any]]:
        """args and kwargs without what is derived again: masks, and training at its default."""
        node = self._node(call)
        kwargs = {
            key: value
            for key, value in node["kwargs"].items()
            if not (key.endswith("mask") and (value is None or self._from_op(value)))
            and not (key == "training" and not value)
        }
        return list(node["args"]), kwargs

    def _from_op(self, value: Any) -> bool:
        names = [name for name, _ in _tensors(value)]
        return bool(names) and all(is_op_entry(self.entries[name]) for name in names)

    def _sources(self, call: _Call) -> list[_Call]:
        return list(_tensors(self._arguments(call)))

    def run(self, call: _Call) -> None:
        """Call the layer on the tensors that were made before."""
        args, kwargs = self._values(self._arguments(call))
        entry = self.entries[call[0]]
        y = (op_function(entry) if is_op_entry(entry) else self.made[call[0]])(*args, **kwargs)
        self.outputs[call] = tree.flatten(y)

    def _values(self, value: Any) -> Any:
        """Plain values back to arguments, with the tensors of this graph."""
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            name, number, output = value["config"]["keras_history"]
            return self.outputs[name, number][output]
        if isinstance(value, (list, tuple)):
            return [self._values(item) for item in value]
        if isinstance(value, dict) and "class_name" not in value:
            return {key: self._values(item) for key, item in value.items()}
        return deserialize_keras_object(value, self.custom_objects)

    def tensor(self, where: Any) -> KerasTensor:
        """The tensor that a list of outputs names."""
        name, number, output = where
        return self.outputs[name, number - (name in self.shift)][output]


def _tensors(value: Any) -> Iterator[_Call]:
    """The calls whose tensors occur in plain arguments."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, number, _ = value["config"]["keras_history"]
            yield name, number
            return
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def _is_where(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 3 and isinstance(value[0], str)


def _map(function: Any, value: Any) -> Any:
    """Over the triples of ``input_layers`` and ``output_layers``, in their structure."""
    if _is_where(value):
        return function(value)
    if isinstance(value, dict):
        return {key: _map(function, item) for key, item in value.items()}
    return type(value)([_map(function, item) for item in value])


def graph_from_config(config: dict[str, Any], custom_objects: Any = None) -> tuple[Any, Any]:
    """(inputs, outputs) of a functional model, in the structures that it was made with.

    Raises:
        ValueError: layers or calls that do not exist, a circle, an unknown operation.
    """
    reader = _Reader(config, custom_objects)
    wanted: list[_Call] = []

    def note(where: Any) -> None:
        wanted.append((where[0], where[1] - (where[0] in reader.shift)))

    _map(note, config["output_layers"])
    reader.run_all(wanted)
    return _map(reader.tensor, config["input_layers"]), _map(reader.tensor, config["output_layers"])
