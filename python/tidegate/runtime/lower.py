"""From a model to a graph: the walk over its layers. What each becomes stands in `rules`.

Masks: every step that is given to a session is a real step. `Masking` and `mask_zero=True` tell
padding from data inside a batch of sequences; a stream has no padding, so they change nothing here,
and an id 0 or a step of zeros is computed like any other. Leave padding out instead of sending it.
"""

from __future__ import annotations

from typing import Any

from .. import layers, tree
from ..errors import message
from ..layers.layer import Layer
from ..models.model import Model
from ..models.sequential import Sequential
from .builder import Builder, Call, Value
from .graph import Graph
from .rules import lowered, lowered_operation
from .storage import check_weights

__all__ = ["lower"]


def lower(model: Any, weights: str | None = None) -> Graph:
    """The graph of a model: its operations with static sizes and a snapshot of its weights.

    Any model of layers that the runtime knows: Sequential or functional (a class with a ``call`` of
    its own is neither), with several inputs and outputs, layers that are used more than once (each
    use of a recurrent layer has states of its own) and models inside it. Layers:

    * Embedding, Dense, Activation, ReLU, LeakyReLU, ELU, Softmax, LayerNormalization,
      BatchNormalization (with its moving statistics), Rescaling, and TimeDistributed around them;
    * SimpleRNN, LSTM, GRU, RNN around one of their cells; with ``return_sequences=False`` a stream
      gives the state after every step;
    * Conv1D; in a stream with ``padding="causal"`` and ``strides=1``;
    * GlobalAveragePooling1D, GlobalMaxPooling1D; in a stream over all steps so far;
    * Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate of features;
    * Bidirectional and ``go_backwards=True``, for whole sequences alone (`Graph.step_error`);
    * the operations ``x + y``, ``x - y``, ``x * y``, ``ops.concatenate``, ``ops.tanh`` and the like
      on such tensors;
    * Input, Dropout, noise, Masking, Identity, and Flatten, Reshape, Permute, RepeatVector where
      they leave the row of each step as it is, do nothing.

    Args:
        model: built, with float32 weights. One of the policy "mixed_bfloat16" computes in float32
            here; only `weights` says whether kernels are rounded.
        weights: how they are kept, "float32", "bfloat16", "float16" or "int8"; default as
            `Model.quantize` was told, else "float32"; see `stream`.

    Raises:
        ValueError: a model that is not built or writes its own ``call``, a layer of another dtype
            or called with ``training=True``.
        NotOfferedError: a layer that the runtime does not know, or not in that form. Errors name
            the layer.

    >>> import tidegate
    >>> from tidegate.layers import GRU, Dense, Input, concatenate
    >>> x = Input((None, 3))
    >>> skipped = concatenate([x, GRU(8, return_sequences=True)(x)])
    >>> lower(tidegate.Model(x, Dense(2)(skipped)))
    <Graph gru 3 -> 8, concatenate 11 -> 11, dense 11 -> 2>
    """
    if not isinstance(model, Model):
        raise TypeError(message("lower", "model must be a Model", type(model).__name__))
    if weights is None:
        weights = model.quantization_mode or "float32"
    check_weights("lower", weights)
    _check_built(model)
    builder = Builder()
    values = {id(x): _input(builder, model, x) for x in model.inputs}
    _walk(builder, model, values)
    outputs = tuple(values[id(y)].position for y in model.outputs)
    if all(operation.kind == "input" for operation in builder.operations):
        raise ValueError(
            message("lower", "a model must have a layer that computes", f"{model.name!r}")
        )
    return Graph(tuple(builder.kept(weights)), outputs, weights)


def _check_built(model: Model) -> None:
    if type(model).call not in (Model.call, Sequential.call):
        raise ValueError(
            message(
                "lower",
                "streaming and export need a Sequential or functional model",
                f"{model.name!r}, whose class {type(model).__name__} writes its own call",
                "a call is Python code that the runtime cannot read: make the model of the same "
                "layers with Sequential or Model(inputs, outputs), and "
                "set_weights(model.get_weights())",
            )
        )
    if model._graph is None:
        raise ValueError(
            message(
                "lower",
                "the model must be built",
                f"{model.name!r}, whose input shape is not known yet",
                "put an Input first, or call the model on data once",
            )
        )


def _input(builder: Builder, model: Model, x: Any) -> Value:
    """Ids [B, T] or [B], a sequence [B, T, I], or one row [B, I]; a single step is one row."""
    shape = tuple(x.shape)
    ids = _is_ids(model, x)
    known = ids or (len(shape) in (2, 3) and shape[-1] is not None)
    if not known or len(shape) > 3:
        raise ValueError(
            message(
                "lower",
                "the input must be [B, T, I] with a known I, or ids [B, T]",
                list(shape),
            )
        )
    steps = shape[1] if len(shape) == (2 if ids else 3) else 1
    name = str(x.name)
    return builder.add_input(name, 1 if ids else shape[-1], ids=ids, sequence=steps != 1)


def _is_ids(model: Model, x: Any) -> bool:
    """Whether an Embedding reads it, here or in a model inside."""
    assert model._graph is not None
    for node in model._graph.nodes:
        for position, value in enumerate(node.inputs):
            if value is not x:
                continue
            operation = node.operation
            if isinstance(operation, layers.Embedding):
                return True
            if isinstance(operation, Model) and operation._graph is not None:
                return _is_ids(operation, operation.inputs[position])
    return False


def _walk(builder: Builder, model: Model, values: dict[int, Value]) -> None:
    """Lower every call of the model in order; `values` of its tensors by their ids grows."""
    assert model._graph is not None
    for node in model._graph.nodes:
        _check_not_training(node)
        operation = node.operation
        reads = [values[id(x)] for x in node.inputs]
        shapes = [tuple(x.shape) for x in node.inputs]
        call = Call(operation, reads, shapes, isinstance(node.outputs, (list, tuple)))
        if isinstance(operation, Model):
            _check_built(operation)
            inside = dict(zip(map(id, operation.inputs), reads, strict=True))
            _walk(builder, operation, inside)
            results = [inside[id(y)] for y in operation.outputs]
        elif isinstance(operation, Layer):
            results = lowered(builder, call)
        else:
            results = lowered_operation(builder, operation, node.kwargs, call)
        for y, value in zip(tree.flatten(node.outputs), results, strict=True):
            values[id(y)] = value


def _check_not_training(node: Any) -> None:
    name = getattr(node.operation, "name", type(node.operation).__name__)
    if node.kwargs.get("training"):
        raise ValueError(
            message("lower", f"layer {name!r} must not be called with training=True", True)
        )
