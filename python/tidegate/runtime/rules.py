"""What each layer becomes in a graph: a rule per class, from a call to the values that it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from .. import activations, layers
from ..errors import message, not_offered
from . import rules_of_rows, rules_of_steps
from .builder import Builder, Call, Value, refuse

__all__ = ["lowered", "lowered_operation"]

Rule = Callable[[Builder, Call], Value]


def lowered(builder: Builder, call: Call) -> list[Value]:
    """The values of a call.

    Raises:
        NotOfferedError: a layer that the runtime does not know, or not in this form.
        ValueError: weights of another dtype than float32.
    """
    layer = call.layer
    if type(layer) is layers.Bidirectional:
        return _bidirectional(builder, call)
    rule = _RULES.get(type(layer))
    if rule is None:
        known = ", ".join(sorted(known.__name__ for known in (*_RULES, layers.Bidirectional)))
        raise refuse(layer, f"of type {type(layer).__name__}", f"the runtime knows {known}")
    if layer.variable_dtype != "float32":
        raise ValueError(
            message(
                "lower",
                f"layer {layer.name!r} must have weights of dtype float32, in which the runtime "
                "computes",
                layer.variable_dtype,
            )
        )
    if call.several:
        raise refuse(
            layer, "with several outputs", "return_state=False; session.state holds the states"
        )
    return [rule(builder, call)]


def lowered_operation(builder: Builder, operation: Any, kwargs: Any, call: Call) -> list[Value]:
    """The value of an operation on tensors, ``x + y`` or ``ops.tanh(x)``, as that of its layer.

    Raises:
        NotOfferedError: one that no layer stands for, or whose arguments are not all tensors.
    """
    layer = SimpleNamespace(name=operation.name, axis=kwargs.get("axis", -1))
    same = replace(call, layer=layer)
    if operation.name in _JOINS and len(call.reads) == 2 and _one_rank(call):
        return [rules_of_rows.merge(operation.name)(builder, same)]
    if operation.name == "concatenate":
        return [rules_of_rows.concatenate(builder, same)]
    if operation.name == "softmax":
        return [rules_of_rows.softmax(builder, same)]
    if operation.name in _FUNCTIONS and len(call.reads) == 1:
        layer.activation = getattr(activations, operation.name)
        return [rules_of_rows.activation(builder, same)]
    raise not_offered(
        "lower",
        f"the operation {operation.name!r}, which is no layer,",
        "layers; of operations " + ", ".join((*_JOINS, "concatenate", "softmax", *_FUNCTIONS)),
    )


_JOINS = ("add", "subtract", "multiply", "maximum", "minimum")
_FUNCTIONS = ("tanh", "sigmoid", "relu", "hard_sigmoid", "silu")


def _one_rank(call: Call) -> bool:
    return len({len(shape) for shape in call.shapes}) == 1


def _bidirectional(builder: Builder, call: Call) -> list[Value]:
    layer = call.layer
    if layer.return_state:
        raise refuse(layer, "with return_state=True")
    with builder.inside(layer):
        both = []
        for direction in (layer.forward_layer, layer.backward_layer):
            both += lowered(builder, Call(direction, [call.read()], call.shapes))
        if layer.return_sequences:
            last = layer.backward_layer
            both[1] = builder.add("reverse", last, [both[1]], both[1].width)
    if layer.merge_mode is None:
        return both
    if layer.merge_mode == "concat":
        return [builder.add("concatenate", layer, both, both[0].width + both[1].width)]
    kind = {"sum": "add", "mul": "multiply", "ave": "average"}[layer.merge_mode]
    return [builder.add(kind, layer, both, both[0].width, input_size=both[0].width)]


def _time_distributed(builder: Builder, call: Call) -> Value:
    inner, (batch, _, *rest) = call.layer.layer, call.shapes[0]
    if type(inner) not in _EACH_STEP:
        known = ", ".join(sorted(known.__name__ for known in _EACH_STEP))
        raise refuse(call.layer, f"around a {type(inner).__name__}", f"around {known}")
    return lowered(builder, Call(inner, call.reads, [(batch, *rest)]))[0]


_EACH_STEP: dict[type, Rule] = {
    layers.Activation: rules_of_rows.activation,
    layers.BatchNormalization: rules_of_rows.batch_normalization,
    layers.Dense: rules_of_rows.dense,
    layers.Dropout: rules_of_rows.nothing,
    layers.ELU: rules_of_rows.elu,
    layers.LayerNormalization: rules_of_rows.layer_normalization,
    layers.LeakyReLU: rules_of_rows.leaky_relu,
    layers.ReLU: rules_of_rows.relu,
    layers.Softmax: rules_of_rows.softmax,
}
_RULES: dict[type, Rule] = {
    **_EACH_STEP,
    layers.ActivityRegularization: rules_of_rows.nothing,
    layers.Add: rules_of_rows.merge("add"),
    layers.AlphaDropout: rules_of_rows.nothing,
    layers.Average: rules_of_rows.merge("average"),
    layers.Concatenate: rules_of_rows.concatenate,
    layers.Conv1D: rules_of_steps.conv1d,
    layers.Embedding: rules_of_rows.embedding,
    layers.Flatten: rules_of_rows.reshaped,
    layers.GRU: rules_of_steps.recurrent("gru"),
    layers.GaussianDropout: rules_of_rows.nothing,
    layers.GaussianNoise: rules_of_rows.nothing,
    layers.GlobalAveragePooling1D: rules_of_steps.pooling("global_average_pooling"),
    layers.GlobalMaxPooling1D: rules_of_steps.pooling("global_max_pooling"),
    layers.Identity: rules_of_rows.nothing,
    layers.LSTM: rules_of_steps.recurrent("lstm"),
    layers.Masking: rules_of_rows.nothing,
    layers.Maximum: rules_of_rows.merge("maximum"),
    layers.Minimum: rules_of_rows.merge("minimum"),
    layers.Multiply: rules_of_rows.merge("multiply"),
    layers.Permute: rules_of_rows.reshaped,
    layers.RNN: rules_of_steps.cell,
    layers.RepeatVector: rules_of_rows.reshaped,
    layers.Rescaling: rules_of_rows.rescaling,
    layers.Reshape: rules_of_rows.reshaped,
    layers.SimpleRNN: rules_of_steps.recurrent("simple_rnn"),
    layers.SpatialDropout1D: rules_of_rows.nothing,
    layers.Subtract: rules_of_rows.merge("subtract"),
    layers.TimeDistributed: _time_distributed,
}
