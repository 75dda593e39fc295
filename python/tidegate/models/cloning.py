"""Models like another one, with weights of their own."""

from __future__ import annotations

import json
from typing import Any

from .. import tree
from ..errors import message
from ..layers.input_layer import Input, InputLayer
from ..layers.layer import Layer
from ..layers.registry import deserialize, serialize
from ..symbolic import KerasTensor
from ..utils.custom_objects import classes_within, custom_object_scope
from .model import Model
from .sequential import Sequential

__all__ = ["clone_model", "model_from_json"]


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Any = None,
    call_function: Any = None,
    recursive: bool = False,
) -> Any:
    """A model of the same layers, made anew with fresh weights.

    Args:
        input_tensors: symbolic tensors to build it on, in the structure of the model's inputs.
        clone_function: layer -> the layer to put in its place; default
            ``layer.from_config(layer.get_config())``. An input stays as it is.
        call_function: (layer, *args, **kwargs) -> the outputs; functional models only.
        recursive: clone the layers of models inside with it too.

    A compiled model's clone is compiled alike.

    Raises:
        ValueError: no model or layer, an argument that does not go with this kind of model.

    >>> from tidegate import Sequential, layers
    >>> model = Sequential([layers.Input((3,)), layers.Dense(2)])
    >>> clone_model(model).output_shape
    (None, 2)
    """
    if not isinstance(model, Layer):
        raise ValueError(message("clone_model", "a model or a layer is needed", repr(model)))
    cloner = _Cloner(clone_function, call_function, recursive)
    with custom_object_scope(classes_within(model)):
        if isinstance(model, Sequential):
            if call_function is not None:
                raise ValueError(
                    message("clone_model", "call_function goes with functional models alone")
                )
            clone: Any = cloner.sequential(model, input_tensors)
        elif isinstance(model, Model) and model._graph is not None:
            clone = cloner.functional(model, input_tensors)
        else:
            if clone_function or input_tensors is not None or call_function:
                raise ValueError(
                    message(
                        "clone_model",
                        "clone_function, call_function and input_tensors go with Sequential and "
                        "functional models alone",
                        type(model).__name__,
                    )
                )
            return deserialize(serialize(model))
        if model.compiled:
            clone.compile_from_config(model.get_compile_config())
    return clone


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that ``to_json`` wrote, with fresh weights.

    Args:
        custom_objects: {name: class or function} beyond the registered ones.

    >>> from tidegate import Sequential, layers
    >>> model = Sequential([layers.Input((3,)), layers.Dense(2)])
    >>> model_from_json(model.to_json()).output_shape
    (None, 2)
    """
    return deserialize(json.loads(json_string), custom_objects)


class _Cloner:
    """Clones each layer once, however often it is used."""

    def __init__(self, clone_function: Any, call_function: Any, recursive: bool) -> None:
        self._make = clone_function or _from_config
        self._call = call_function or (lambda layer, *args, **kwargs: layer(*args, **kwargs))
        self._recursive = recursive
        self._clones: dict[int, Any] = {}

    def clone(self, layer: Any) -> Any:
        """The layer in the place of this one."""
        if id(layer) not in self._clones:
            inside = self._recursive and getattr(layer, "_graph", None) is not None
            if inside and isinstance(layer, Sequential):
                made: Any = self.sequential(layer, None)
            elif inside:
                made = self.functional(layer, None)
            else:
                made = self._make(layer)
            self._clones[id(layer)] = made
        return self._clones[id(layer)]

    def sequential(self, model: Sequential, input_tensors: Any) -> Sequential:
        """A stack of the clones."""
        layers = [self.clone(layer) for layer in model.layers]
        first = model._input_layer
        if input_tensors is not None:
            given = tree.flatten(input_tensors)
            if len(given) != 1 or not isinstance(given[0], KerasTensor):
                raise ValueError(
                    message("clone_model", "input_tensors must be one symbolic tensor", given)
                )
            name = None if first is None else first.name
            layers.insert(0, InputLayer(input_tensor=given[0], name=name))
        elif first is not None:
            layers.insert(
                0, InputLayer(batch_shape=first.batch_shape, dtype=first.dtype, name=first.name)
            )
        return Sequential(layers, name=model.name, trainable=model.trainable)

    def functional(self, model: Model, input_tensors: Any) -> Model:
        """The graph of the clones."""
        graph = model._graph
        assert graph is not None
        if input_tensors is None:
            inputs = tree.map_structure(
                lambda x: Input(batch_shape=x.shape, dtype=x.dtype, name=_input_name(x)),
                graph.input_struct,
            )
        else:
            inputs = input_tensors
            if not all(isinstance(x, KerasTensor) for x in tree.flatten(inputs)):
                raise ValueError(
                    message("clone_model", "input_tensors must be symbolic tensors", inputs)
                )
            tree.assert_same_structure(inputs, graph.input_struct)
        values = dict(zip(map(id, graph.inputs), tree.flatten(inputs), strict=True))
        for node in graph.nodes:
            args, kwargs = tree.map_structure(
                lambda leaf: values[id(leaf)] if isinstance(leaf, KerasTensor) else leaf,
                (node.args, node.kwargs),
            )
            if isinstance(node.operation, Layer):
                y = self._call(self.clone(node.operation), *args, **kwargs)
            else:
                y = node.operation(*args, **kwargs)
            values.update(zip(map(id, tree.flatten(node.outputs)), tree.flatten(y), strict=True))
        outputs = tree.map_structure(lambda x: values[id(x)], graph.output_struct)
        made = type(model)(inputs, outputs, name=model.name)
        if not model.trainable:
            made.trainable = False
        return made


def _from_config(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def _input_name(x: KerasTensor) -> str:
    """The name of an input; a tensor of another layer is an input of its own in the clone."""
    own = x.history is not None and not x.history[0].args
    return x.history[0].operation.name if own and x.history else f"{x.name}CLONE"
