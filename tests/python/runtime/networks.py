"""Models with several inputs and outputs, joins, and layers beside the recurrent ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate import layers, ops
from tidegate.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Concatenate,
    Conv1D,
    Dense,
    Embedding,
    Input,
    SimpleRNN,
)
from tidegate.models import Model
from tidegate.runtime import lower

from .streams import CELLS, CHEAP, IDS, WIDTH, noisy, of_layers

Array = np.ndarray[Any, Any]

SEQUENCE = {"return_sequences": True, **CHEAP}


def skips() -> Any:
    """Every way of joining, each value read more than once."""
    x = Input((None, WIDTH))
    h = LSTM(9, **SEQUENCE)(x)
    g = GRU(9, **SEQUENCE)(Concatenate()([x, h]))
    added = layers.Add()([h, g, h])
    mean = layers.Average()([h, g, added])
    largest = layers.Maximum()([added, mean, g])
    smallest = layers.Minimum()([largest, h])
    gated = layers.Multiply()([smallest, Dense(1, activation="sigmoid")(h), Dense(9)(g)])
    apart = layers.Subtract()([Dense(1)(g), gated])
    return Model(x, Dense(4, activation="softmax")(apart))


def shared() -> Any:
    """Layers that are used twice: a recurrent one has states for each use."""
    x = Input((None, WIDTH))
    cell, dense = GRU(WIDTH, **SEQUENCE), Dense(WIDTH, activation="tanh")
    once = cell(x)
    twice = cell(dense(once))
    return Model(x, layers.Add()([once, dense(twice), LSTM(WIDTH, **SEQUENCE)(twice)]))


def several() -> Any:
    """Two sequences of values and one of ids in; outputs that are read, repeated, and inputs."""
    a, b, words = Input((None, WIDTH)), Input((None, 3)), Input((None,))
    table = Embedding(IDS, 6)(words)
    h = LSTM(7, **SEQUENCE)(Concatenate()([a, table]))
    g = SimpleRNN(7, **SEQUENCE)(b)
    small = Embedding(IDS - 4, 2)(words)
    y = Dense(2)(layers.Add()([h, g]))
    return Model([a, b, words], [y, h, table, a, y, Concatenate()([small, y])])


def inside() -> Any:
    """A model with two inputs and outputs in a model, used twice."""
    a, b = Input((None, 4)), Input((None, 4))
    h = GRU(4, **SEQUENCE)(layers.Add()([a, b]))
    inner = Model([a, b], [h, Dense(4)(h)])
    x = Input((None, WIDTH))
    start = Dense(4)(x)
    one, two = inner([start, Dense(4)(x)])
    three, four = inner([two, one])
    return Model(x, [layers.Subtract()([three, four]), two])


def operated() -> Any:
    """Operations in place of layers."""
    x = Input((None, WIDTH))
    h = LSTM(WIDTH, **SEQUENCE)(x)
    y = (x + h) * ops.tanh(h) - ops.sigmoid(x)
    y = ops.concatenate([ops.maximum(y, h), ops.minimum(y, ops.relu(x))], axis=-1)
    return Model(x, ops.softmax(ops.silu(Dense(4)(y)) * Dense(1)(ops.hard_sigmoid(y))))


def normalized() -> Any:
    """Rescaling and both normalizations, with and without their weights."""
    x = Input((None, WIDTH))
    y = layers.Rescaling(0.5, offset=[1.0, 2, 3, 4, 5])(layers.Rescaling(1 / 3)(x))
    y = layers.LayerNormalization()(LSTM(37, **SEQUENCE)(y))
    y = layers.BatchNormalization()(y)
    y = layers.LayerNormalization(center=False, scale=False, epsilon=0.01)(GRU(16, **SEQUENCE)(y))
    y = layers.BatchNormalization(center=False, scale=False)(y)
    y = layers.TimeDistributed(layers.LayerNormalization(scale=False))(Dense(3)(y))
    return Model(x, y)


def activated() -> Any:
    """The activations beside those of the kernels, as layers and inside."""
    x = Input((None, WIDTH))
    y = layers.LeakyReLU(0.2)(Dense(11, activation="silu")(x))
    y = layers.ReLU()(Dense(70, activation="leaky_relu")(y))
    y = layers.ReLU(negative_slope=0.5)(Dense(9)(y))
    y = layers.Softmax()(GRU(6, **SEQUENCE)(y))
    return Model(x, layers.Activation("swish")(y))


def convolved() -> Any:
    """Causal convolutions: dilated, grouped, of one step, behind each other and beside."""
    x = Input((None, WIDTH))
    y = Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    z = Conv1D(8, 2, padding="causal", groups=2, use_bias=False, activation="tanh")(y)
    point = Conv1D(8, 1, padding="causal", activation="silu")(y)
    h = LSTM(4, **SEQUENCE)(layers.Add()([z, point]))
    return Model(x, Conv1D(3, 5, padding="causal", dilation_rate=4)(h))


def mixed() -> Any:
    """Both directions over several inputs, one of them without steps, and every other kind."""
    a, words, place = Input((None, WIDTH)), Input((None,)), Input((3,))
    x = Concatenate()([a, Embedding(IDS, 4)(words)])
    y = Bidirectional(LSTM(6, **SEQUENCE), merge_mode="sum")(x)
    y = layers.LayerNormalization()(Conv1D(6, 3, padding="same", activation="relu")(y))
    y = layers.BatchNormalization()(GRU(5, go_backwards=True, **SEQUENCE)(y))
    row = Concatenate()(
        [
            layers.GlobalAveragePooling1D()(y),
            layers.GlobalMaxPooling1D()(y),
            Bidirectional(GRU(3, **CHEAP), merge_mode="ave")(y),
            Dense(2)(place),
        ]
    )
    return positive(noisy(Model([a, words, place], [y, Dense(2)(row), y, row])))


def whole() -> dict[str, Any]:
    """Models that cannot run step by step."""
    return {
        **{
            f"{name}_both": of_layers(Bidirectional(cell(9, **SEQUENCE)))
            for name, cell in CELLS.items()
        },
        **{
            f"{name}_ends": of_layers(Bidirectional(cell(9)), Dense(2))
            for name, cell in CELLS.items()
        },
        "backwards": of_layers(LSTM(7, go_backwards=True, **SEQUENCE), GRU(3, go_backwards=True)),
        "merged": of_layers(
            Bidirectional(GRU(5, **SEQUENCE), merge_mode="mul"),
            Bidirectional(LSTM(5, **SEQUENCE), merge_mode="ave"),
            Bidirectional(layers.RNN(layers.GRUCell(5), return_sequences=True)),
        ),
        "ids": of_layers(Bidirectional(LSTM(8, **SEQUENCE)), Dense(IDS), ids=True),
        "other": of_layers(
            Bidirectional(LSTM(4, **SEQUENCE), backward_layer=GRU(4, go_backwards=True, **SEQUENCE))
        ),
        "strides": of_layers(
            Conv1D(6, 3, strides=2, activation="tanh"),
            Conv1D(4, 2, strides=3, padding="same"),
            Conv1D(4, 3, strides=2, padding="causal", groups=2),
        ),
        "dilated": of_layers(
            Conv1D(6, 3, dilation_rate=2), Conv1D(5, 4, padding="same", dilation_rate=2)
        ),
        "apart": apart(),
        "mixed": mixed(),
    }


def apart() -> Any:
    """Both directions as outputs of their own."""
    x = Input((None, WIDTH))
    both = Bidirectional(LSTM(3, **SEQUENCE), merge_mode=None)(x)
    return noisy(Model(x, list(both)))


def streamed() -> dict[str, Any]:
    """Models whose every output is a sequence."""
    made: list[Callable[[], Any]] = [
        skips,
        shared,
        several,
        inside,
        operated,
        normalized,
        activated,
        convolved,
    ]
    return {make.__name__: positive(noisy(make())) for make in made}


def positive(model: Any) -> Any:
    """The model with variances that are none below zero."""
    for variable in model.variables:
        if variable.name == "moving_variance":
            variable.assign(np.abs(variable.numpy()) + 0.1)
    return model


def inputs_of(model: Any, batch: int, steps: int = 19, seed: int = 1) -> list[Array]:
    """Values [B, T, I] or ids [B, T] for each input."""
    rng = np.random.default_rng(seed)
    found: list[Array] = []
    for x in model.inputs:
        if len(x.shape) == 2:
            found.append(rng.integers(0, IDS - 4, size=(batch, steps), dtype=np.int32))
        else:
            found.append(rng.normal(size=(batch, steps, x.shape[-1])).astype(np.float32))
    return found


def predicted(model: Any, x: list[Array]) -> list[Array]:
    """What predict gives for each output."""
    y = model.predict(x[0] if len(x) == 1 else x, verbose=0)
    return y if isinstance(y, list) else [y]


def stepped(session: Any, x: list[Array]) -> list[Array]:
    """Each y [B, T, O], a call of step for each t."""
    rows = []
    for t in range(x[0].shape[1]):
        step = [np.ascontiguousarray(one[:, t]) for one in x]
        y = session.step(step[0] if len(step) == 1 else step)
        rows.append(y if isinstance(y, list) else [y])
    return [np.stack(one, axis=1) for one in zip(*rows, strict=True)]


def inputs_for(model: Any, batch: int, steps: int) -> list[np.ndarray[Any, Any]]:
    """As `inputs_of`, where an input of rank 2 that holds values has no steps."""
    found = []
    graph = lower(model)
    for x, given in zip(graph.inputs, inputs_of(model, batch, steps), strict=True):
        row = np.full((batch, x.output_size), 0.5, np.float32)
        found.append(given if x.sequence else row)
    return found
