"""Run a `Case` through tidegate's own layers: what a user writes, gradients from the tape."""

from __future__ import annotations

import keras_runner
import numpy as np
from recurrent_cases import Case
from run_results import Result

import tidegate
from tidegate import layers, ops
from tidegate.mask import Mask

LAYERS = {"simple_rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def build(case: Case) -> layers.Layer:
    """The tidegate layer of a case, with its weights; the arguments are those Keras was given."""
    layer = LAYERS[case.cell](**keras_runner.layer_keywords(case))
    if len(case.weights) == 2:
        layer = layers.Bidirectional(layer)
    layer.build(case.x.shape)
    layer.set_weights(keras_runner.weight_list(case.weights))
    return layer


def run(case: Case) -> Result:
    """Forward and backward through the layer; the case must have no dropout."""
    layer = build(case)
    x = tidegate.convert_to_tensor(case.x)
    initial = [tidegate.convert_to_tensor(s) for pair in case.initial_state or () for s in pair]
    with tidegate.GradientTape() as tape:
        for tensor in (x, *initial):
            tape.watch(tensor)
        y, *states = layer(x, initial_state=initial or None, mask=case.mask)
        loss = ops.sum(y * case.dy)
        given = [d for pair in case.dstates or () for d in pair]
        for state, dstate in zip(states, given):
            loss = loss + ops.sum(state * dstate)
    sources = [x, *layer.trainable_weights, *initial]
    arrays = [np.asarray(g) for g in tape.gradient(loss, sources, unconnected_gradients="zero")]
    last = 1 + len(layer.trainable_weights)
    return Result(
        np.asarray(y), [np.asarray(s) for s in states], arrays[0], arrays[1:last], arrays[last:]
    )


def run_with_dropout(case: Case) -> Result:
    """Forward and backward through the op, which takes the case's dropout factors."""
    x = tidegate.convert_to_tensor(case.x)
    weights = [
        [None if a is None else tidegate.convert_to_tensor(a) for a in w[:3]] for w in case.weights
    ]
    flat = [a for group in weights for a in group if a is not None]
    initial = [[tidegate.convert_to_tensor(s) for s in pair] for pair in case.initial_state or ()]
    flat_initial = [s for pair in initial for s in pair]
    keywords = {
        "activation": case.activation,
        "return_sequences": case.return_sequences,
        "return_state": True,
        "go_backwards": case.go_backwards[0],
        "zero_output_for_mask": case.zero_output_for_mask,
        "mask": None if case.mask is None else Mask(case.mask),
        "initial_state": initial[0] if initial else None,
        "x_dropout": case.x_dropout[0] if case.x_dropout else None,
        "h_dropout": case.h_dropout[0] if case.h_dropout else None,
    }
    if case.cell != "simple_rnn":
        keywords["recurrent_activation"] = case.recurrent_activation
    if case.cell == "gru":
        keywords["reset_after"] = case.reset_after
    op = {"simple_rnn": ops.simple_rnn, "lstm": ops.lstm, "gru": ops.gru}[case.cell]
    with tidegate.GradientTape() as tape:
        for tensor in (x, *flat, *flat_initial):
            tape.watch(tensor)
        y, *states = op(x, *weights[0], **keywords)
        loss = ops.sum(y * case.dy)
        given = [d for pair in case.dstates or () for d in pair]
        for state, dstate in zip(states, given):
            loss = loss + ops.sum(state * dstate)
    gradients = tape.gradient(loss, [x, *flat, *flat_initial], unconnected_gradients="zero")
    arrays = [np.asarray(g) for g in gradients]
    last = 1 + len(flat)
    return Result(
        np.asarray(y), [np.asarray(s) for s in states], arrays[0], arrays[1:last], arrays[last:]
    )
