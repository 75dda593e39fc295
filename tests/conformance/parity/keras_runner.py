"""Run a `Case` through Keras 3.15.1 itself, on its torch backend."""

from __future__ import annotations

import keras
import numpy as np
import torch
from recurrent_cases import Case
from run_results import Result

from tidegate.reference import Weights

LAYERS = {
    "simple_rnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
}


def weight_list(weights: tuple[Weights, ...]) -> list[np.ndarray]:
    """kernel, recurrent_kernel and bias if there is one, direction after direction."""
    return [
        array
        for w in weights
        for array in (w.kernel, w.recurrent_kernel, w.bias)
        if array is not None
    ]


def layer_keywords(case: Case) -> dict[str, object]:
    """The constructor's arguments, in words that Keras and tidegate share."""
    keywords: dict[str, object] = {
        "units": case.units,
        "activation": case.activation,
        "use_bias": case.weights[0].bias is not None,
        "return_sequences": case.return_sequences,
        "return_state": True,
        "zero_output_for_mask": case.zero_output_for_mask,
        # The rates only switch dropout on; the factors themselves come from the case.
        "dropout": 0.3 if case.x_dropout else 0.0,
        "recurrent_dropout": 0.3 if case.h_dropout else 0.0,
        "dtype": str(case.x.dtype),
    }
    if case.cell != "simple_rnn":
        keywords["recurrent_activation"] = case.recurrent_activation
    if case.cell == "gru":
        keywords["reset_after"] = case.reset_after
    if len(case.weights) == 1:
        keywords["go_backwards"] = case.go_backwards[0]
    return keywords


def build(case: Case) -> keras.Layer:
    """The Keras layer of a case, with its weights."""
    layer = LAYERS[case.cell](**layer_keywords(case))
    if len(case.weights) == 2:
        layer = keras.layers.Bidirectional(layer)
    layer.build(case.x.shape)
    layer.set_weights(weight_list(case.weights))
    return layer


def _factors(array: np.ndarray) -> object:
    tensors = [torch.tensor(a) for a in array]
    return tensors if len(tensors) > 1 else tensors[0]


def plant_dropout(layer: keras.Layer, case: Case) -> None:
    """Put the case's dropout factors where Keras caches the ones that it draws."""
    inner = [layer] if len(case.weights) == 1 else [layer.forward_layer, layer.backward_layer]
    for d, one in enumerate(inner):
        if case.x_dropout:
            one.cell._dropout_mask = _factors(case.x_dropout[d])
        if case.h_dropout:
            one.cell._recurrent_dropout_mask = _factors(case.h_dropout[d])


def run(case: Case) -> Result:
    """Forward and backward through Keras."""
    layer = build(case)
    plant_dropout(layer, case)
    x = torch.tensor(case.x, requires_grad=True)
    initial = [
        torch.tensor(s, requires_grad=True) for pair in case.initial_state or () for s in pair
    ]
    y, *states = layer(
        x,
        initial_state=initial or None,
        mask=None if case.mask is None else torch.tensor(case.mask),
        training=bool(case.x_dropout or case.h_dropout),
    )
    loss = (y * torch.tensor(case.dy)).sum()
    given = [d for pair in case.dstates or () for d in pair]
    for state, dstate in zip(states, given):
        loss = loss + (state * torch.tensor(dstate)).sum()
    variables = [v.value for v in layer.trainable_weights]
    gradients = torch.autograd.grad(
        loss, [x, *variables, *initial], allow_unused=True, materialize_grads=True
    )
    arrays = [g.detach().numpy() for g in gradients]
    last = 1 + len(variables)
    return Result(
        y.detach().numpy(), [s.detach().numpy() for s in states],
        arrays[0], arrays[1:last], arrays[last:],
    )  # fmt: skip
