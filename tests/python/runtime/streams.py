"""Models that a stream can run, and the steps of one. As a program: their bits on this ISA."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import tidegate
from tidegate import _core
from tidegate.layers import (
    GRU,
    LSTM,
    Activation,
    Dense,
    Dropout,
    Embedding,
    Input,
    Masking,
    SimpleRNN,
    TimeDistributed,
)
from tidegate.models import Model, Sequential
from tidegate.runtime import lower

Array = np.ndarray[Any, Any]

WIDTH = 5
IDS = 17
ACTIVATIONS = ("tanh", "sigmoid", "relu", "linear", "hard_sigmoid")
# `noisy` replaces the weights, so the cheapest initializer does.
CHEAP = {"recurrent_initializer": "glorot_uniform"}
CELLS: dict[str, Any] = {
    "simple_rnn": partial(SimpleRNN, **CHEAP),
    "lstm": partial(LSTM, **CHEAP),
    "gru": partial(GRU, **CHEAP),
    "gru_before": partial(GRU, reset_after=False, **CHEAP),
}


def bfloat16(values: Array) -> Array:
    """The nearest bfloat16 of each float32, ties to even."""
    bits = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return rounded.astype(np.uint32).view(np.float32)


def noisy(model: Any, seed: int = 3) -> Any:
    """The model with other weights than initial ones, biases too."""
    rng = np.random.default_rng(seed)
    model.set_weights([w + rng.normal(scale=0.3, size=w.shape) for w in model.get_weights()])
    return model


def of_layers(*stack: Any, ids: bool = False) -> Any:
    """A Sequential on values [B, T, WIDTH], or on ids."""
    first = [Input((None,)), Embedding(IDS, WIDTH)] if ids else [Input((None, WIDTH))]
    return noisy(Sequential([*first, *stack]))


def functional() -> Any:
    """A chain written as a functional model, with a model inside it."""
    inner = Sequential([Input((None, 9)), GRU(6, return_sequences=True), Dropout(0.3)])
    x = Input((None, WIDTH))
    y = LSTM(9, return_sequences=True, dropout=0.2, recurrent_dropout=0.2)(Masking()(x))
    y = TimeDistributed(Dense(7, activation="relu"))(inner(y))
    return noisy(Model(x, Activation("softmax")(y)))


def stacks() -> dict[str, Any]:
    """Models whose output is a sequence."""
    sequence = {"return_sequences": True}
    found = {
        f"{name}_{units}": of_layers(cell(units, **sequence))
        for name, cell in CELLS.items()
        for units in (1, 8, 33, 70)
    }
    found |= {
        f"{name}_no_bias": of_layers(cell(9, use_bias=False, **sequence))
        for name, cell in CELLS.items()
    }
    found["functional"] = functional()
    found["ids"] = of_layers(LSTM(8, **sequence), Dense(IDS, activation="softmax"), ids=True)
    found["deep"] = of_layers(
        SimpleRNN(20, **sequence),
        Activation("relu"),
        GRU(12, reset_after=False, **sequence),
        LSTM(33, **sequence),
        Dense(6, use_bias=False, activation="hard_sigmoid"),
        Dense(3),
    )
    return found


def inputs(model: Any, batch: int, steps: int = 19, seed: int = 1) -> Array:
    """Values [B, T, WIDTH] or ids [B, T]."""
    rng = np.random.default_rng(seed)
    if len(model.input_shape) == 2:
        return rng.integers(0, IDS, size=(batch, steps), dtype=np.int32)
    return rng.normal(size=(batch, steps, WIDTH)).astype(np.float32)


def steps_of(session: Any, x: Array) -> Array:
    """y [B, T, O], a call of step for each t."""
    rows = [session.step(np.ascontiguousarray(x[:, t])) for t in range(x.shape[1])]
    return np.stack(rows, axis=1)


def main() -> None:
    """Print the ISA and a hash of every streamed bit; fail if one differs from the sequence's."""
    tidegate.utils.set_random_seed(4)
    digest = hashlib.sha256()
    for name, model in stacks().items():
        for batch in (1, 2, 7):
            x = inputs(model, batch)
            streamed = steps_of(model.stream(batch=batch), x)
            assert streamed.tobytes() == model.predict(x, verbose=0).tobytes(), (name, batch)
            digest.update(streamed.tobytes())
            for weights in ("bfloat16", "float16", "int8"):
                digest.update(steps_of(model.stream(batch, weights=weights), x).tobytes())
    for y in _networks():
        digest.update(y.tobytes())
    print(_core.isa(), digest.hexdigest())


def _networks() -> Iterator[Array]:
    """What sessions give for the models of `networks`; fail if it is not what predict gives."""
    from . import networks

    for name, model in networks.streamed().items():
        x = networks.inputs_of(model, 2)
        streamed = networks.stepped(model.stream(batch=2), x)
        for y, expected in zip(streamed, networks.predicted(model, x), strict=True):
            assert y.tobytes() == expected.tobytes(), name
            yield y
    for name, model in networks.whole().items():
        x = networks.inputs_for(model, 2, 19)
        y = lower(model).session(2, steps=19).run(x[0] if len(x) == 1 else x)
        for one, expected in zip(_list(y), networks.predicted(model, x), strict=True):
            assert one.tobytes() == expected.tobytes(), name
            yield one


def _list(y: Any) -> list[Any]:
    return y if isinstance(y, list) else [y]


if __name__ == "__main__":
    main()
