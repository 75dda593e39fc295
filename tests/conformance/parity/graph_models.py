"""Functional models of many shapes, for either package: for configurations both ways."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

ROWS, STEPS, SIZE, WORDS = 3, 5, 4, 9


def _stack(k: ModuleType) -> Any:
    x = k.Input((STEPS, SIZE), name="x")
    y = k.layers.LSTM(3, return_sequences=True, name="lstm")(x)
    y = k.layers.Dropout(0.5, name="drop")(y)
    y = k.layers.BatchNormalization(name="norm")(y)
    return k.Model(x, k.layers.Dense(2, activation="softmax", name="out")(y), name="m")


def _several(k: ModuleType) -> Any:
    a, b = k.Input((SIZE,), name="a"), k.Input((SIZE,), name="b")
    shared = k.layers.Dense(3, name="shared")
    one, other = shared(a), shared(b)
    both = k.layers.Concatenate(name="both")([one, other])
    total = k.layers.Add(name="total")([one, other])
    return k.Model([a, b], {"p": k.layers.Dense(1, name="p")(both), "q": total}, name="m")


def _dict_inputs(k: ModuleType) -> Any:
    inputs = {"a": k.Input((SIZE,), name="a"), "b": k.Input((SIZE,), name="b")}
    y = k.layers.Multiply(name="times")([inputs["a"], inputs["b"]])
    return k.Model(inputs, [y, k.layers.Dense(2, name="d")(y)], name="m")


def _nested(k: ModuleType) -> Any:
    i = k.Input((SIZE,), name="i")
    inner = k.Model(i, k.layers.Dense(SIZE, name="d")(i), name="inner")
    stack = k.Sequential([k.Input((SIZE,)), k.layers.Dense(SIZE, name="e")], name="stack")
    x = k.Input((SIZE,), name="x")
    return k.Model(x, [stack(inner(x)), inner(inner(x))], name="m")


def _encoder_decoder(k: ModuleType) -> Any:
    x, y = k.Input((STEPS, SIZE), name="x"), k.Input((None, SIZE), name="y")
    _, h, c = k.layers.LSTM(3, return_state=True, name="encoder")(x)
    z = k.layers.LSTM(3, return_sequences=True, name="decoder")(y, initial_state=[h, c])
    return k.Model([x, y], k.layers.Dense(2, name="out")(z), name="m")


def _operations(k: ModuleType) -> Any:
    x = k.Input((STEPS, SIZE), name="x")
    y = k.layers.Dense(SIZE, name="d")(x)
    y = (y + x * 2.0 - 1.0) / 3.0
    y = k.ops.relu(y[:, -1]) ** 2
    y = k.ops.concatenate([y, -y], axis=-1)
    y = k.ops.reshape(y, (-1, 2, SIZE))
    y = k.ops.mean(k.ops.transpose(y, (0, 2, 1)), axis=-1, keepdims=True)
    return k.Model(x, k.ops.matmul(y, k.ops.tanh(y[:, :1])), name="m")


def _attention(k: ModuleType) -> Any:
    x = k.Input((STEPS, SIZE), name="x")
    y = k.layers.Attention(use_scale=True, name="att")([x, x])
    z, scores = k.layers.MultiHeadAttention(2, 3, name="mha")(
        y, x, return_attention_scores=True, use_causal_mask=True
    )
    return k.Model(x, [z, scores], name="m")


def _cells(k: ModuleType) -> Any:
    x = k.Input((STEPS, SIZE), name="x")
    cells = [k.layers.LSTMCell(3, name="one"), k.layers.GRUCell(2, name="two")]
    y = k.layers.RNN(cells, return_sequences=True, name="rnn")(x)
    y = k.layers.Bidirectional(k.layers.GRU(2, name="g"), merge_mode="sum", name="both")(y)
    return k.Model(x, k.layers.RepeatVector(2, name="again")(y), name="m")


def _windows(k: ModuleType) -> Any:
    x = k.Input((STEPS, SIZE), name="x")
    y = k.layers.Conv1D(3, 2, padding="causal", activation="relu", name="conv")(x)
    y = k.layers.MaxPooling1D(2, name="pool")(y)
    y = k.layers.TimeDistributed(k.layers.Dense(2, name="in"), name="each")(y)
    return k.Model(x, k.layers.GlobalAveragePooling1D(name="mean")(y), name="m")


def _masked(k: ModuleType) -> Any:
    x = k.Input((STEPS,), dtype="int32", name="x")
    e = k.layers.Embedding(WORDS, SIZE, mask_zero=True, name="e")(x)
    a = k.layers.LSTM(3, return_sequences=True, name="a")(e)
    b = k.layers.GRU(3, return_sequences=True, name="b")(e)
    both = k.layers.Concatenate(name="both")([a, b])
    y = k.layers.Bidirectional(k.layers.LSTM(2, name="c"), name="bi")(both)
    att = k.layers.Attention(name="att")([a, b])
    return k.Model(x, [y, k.layers.GlobalAveragePooling1D(name="mean")(att)], name="m")


def _masking(k: ModuleType) -> Any:
    x = k.Input((STEPS, SIZE), name="x")
    m = k.layers.Masking(name="mask")(x)
    return k.Model(x, k.layers.LSTM(3, go_backwards=True, name="l")(m), name="m")


# {name: (builder, whether the graph has masks)}; with masks Keras writes operations for them.
MODELS: dict[str, tuple[Callable[[ModuleType], Any], bool]] = {
    "stack": (_stack, False),
    "several": (_several, False),
    "dict_inputs": (_dict_inputs, False),
    "nested": (_nested, False),
    "encoder_decoder": (_encoder_decoder, False),
    "operations": (_operations, False),
    "attention": (_attention, False),
    "cells": (_cells, False),
    "windows": (_windows, False),
    "masked": (_masked, True),
    "masking": (_masking, True),
}


def arrays(model: Any) -> Any:
    """Inputs for a model, in its structure."""
    rng = np.random.default_rng(0)

    def one(x: Any) -> Any:
        shape = [ROWS, *(3 if n is None else n for n in x.shape[1:])]
        if x.dtype == "int32":
            return rng.integers(0, WORDS, shape).astype(np.int32)
        values = rng.normal(size=shape).astype(np.float32)
        if len(shape) == 3:
            values[:, -2:] = 0
        return values

    structure = model.input
    if isinstance(structure, dict):
        return {key: one(x) for key, x in structure.items()}
    if isinstance(structure, (list, tuple)):
        return [one(x) for x in structure]
    return one(structure)
