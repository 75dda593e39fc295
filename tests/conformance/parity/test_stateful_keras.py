"""Stateful layers, masks through stacks and wrappers, states of both directions, beside Keras."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

import tidegate

CELLS = ("SimpleRNN", "LSTM", "GRU")
ROWS, STEPS, INPUTS = 4, 5, 3


def numpy_of(value: Any) -> np.ndarray:
    return value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)


def series(seed: int) -> np.ndarray:
    """Normal numbers with whole steps of zeros, for Masking to find."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, STEPS, INPUTS)).astype(np.float32)
    x[rng.random((ROWS, STEPS)) < 0.3] = 0
    return x


def close(actual: Any, expected: Any) -> None:
    np.testing.assert_allclose(numpy_of(actual), numpy_of(expected), rtol=1e-5, atol=1e-5)


def twins(make: Any) -> tuple[Any, Any]:
    """What `make(package)` builds in tidegate and in Keras, with Keras' weights."""
    ours, theirs = make(tidegate), make(keras)
    ours.set_weights(theirs.get_weights())
    return ours, theirs


@pytest.mark.parametrize("cell", CELLS)
def test_states_are_carried_from_call_to_call(cell: str) -> None:
    def make(k: ModuleType) -> Any:
        inputs = k.layers.Input(batch_shape=(ROWS, STEPS, INPUTS))
        layer = getattr(k.layers, cell)(6, stateful=True, return_sequences=True, name="r")
        return k.Model(inputs, layer(k.layers.Masking()(inputs)))

    ours, theirs = twins(make)
    for call in range(4):
        close(ours.predict(series(call), verbose=0), theirs.predict(series(call), verbose=0))
    for model in (ours, theirs):
        model.get_layer("r").reset_state()
    close(ours.predict(series(9), verbose=0), theirs.predict(series(9), verbose=0))
    # A state that is given counts for its call, and the final state is stored all the same.
    state = [np.full((ROWS, 6), 0.3, np.float32)] * (2 if cell == "LSTM" else 1)
    for _ in range(2):
        results = [
            model.get_layer("r")(series(2), initial_state=list(state)) for model in (ours, theirs)
        ]
        close(*results)
        close(ours.predict(series(3), verbose=0), theirs.predict(series(3), verbose=0))


def test_a_stateful_fit() -> None:
    """No gradient flows between batches; the states do, evaluate and predict included.

    SimpleRNN alone: Keras on torch cannot fit a stateful LSTM or GRU (it changes in place what its
    own gradient needs).
    """

    def make(k: ModuleType) -> Any:
        model = k.Sequential([
            k.layers.Input(batch_shape=(ROWS, STEPS, INPUTS)),
            k.layers.SimpleRNN(5, stateful=True),
            k.layers.Dense(1),
        ])  # fmt: skip
        model.compile(optimizer="sgd", loss="mse")
        return model

    ours, theirs = twins(make)
    x = np.concatenate([series(s) for s in range(3)])
    y = np.random.default_rng(0).normal(size=(len(x), 1)).astype(np.float32)
    for model in (ours, theirs):
        model.fit(x, y, batch_size=ROWS, epochs=3, shuffle=False, verbose=0)
    close(
        ours.predict(x, batch_size=ROWS, verbose=0), theirs.predict(x, batch_size=ROWS, verbose=0)
    )
    for actual, expected in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_masks_go_through_stacks_and_wrappers(cell: str) -> None:
    def make(k: ModuleType) -> Any:
        layers = k.layers
        recurrent = getattr(layers, cell)
        inputs = layers.Input((STEPS, INPUTS))
        x = layers.Masking()(inputs)
        x = recurrent(4, return_sequences=True, go_backwards=True)(x)
        x = layers.TimeDistributed(layers.Dense(3, activation="tanh"))(x)
        x = layers.Dropout(0.5)(layers.LayerNormalization()(x))
        y = layers.Bidirectional(recurrent(4, return_sequences=True), merge_mode="mul")(x)
        both = layers.Concatenate()([x, y])
        return k.Model(inputs, [recurrent(2)(both), recurrent(2, return_sequences=True)(both)])

    ours, theirs = twins(make)
    for seed in range(5):
        for actual, expected in zip(
            ours.predict(series(seed), verbose=0), theirs.predict(series(seed), verbose=0)
        ):
            close(actual, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_states_of_both_directions(cell: str) -> None:
    def make(k: ModuleType) -> Any:
        layers = k.layers
        recurrent = getattr(layers, cell)
        inputs = layers.Input((STEPS, INPUTS))
        first = layers.Bidirectional(recurrent(3, return_state=True))
        second = layers.Bidirectional(recurrent(3, return_sequences=True, use_bias=False))
        y, *states = first(inputs)
        z = second(inputs, initial_state=states)
        return k.Model(inputs, [y, z, *states])

    ours, theirs = twins(make)
    for actual, expected in zip(
        ours.predict(series(1), verbose=0), theirs.predict(series(1), verbose=0)
    ):
        close(actual, expected)


@pytest.mark.parametrize("cell", CELLS)
def test_equal_initializers_give_equal_distributions(cell: str) -> None:
    """Same limits and same orthonormal rows; the draws themselves are another generator's."""
    ours = getattr(tidegate.layers, cell)(32)
    theirs = getattr(keras.layers, cell)(32)
    for layer in (ours, theirs):
        layer.build((None, None, 24))
    for actual, expected in zip(ours.get_weights(), theirs.get_weights()):
        assert actual.shape == expected.shape
        assert actual.dtype == expected.dtype
        np.testing.assert_allclose(np.abs(actual).mean(), np.abs(expected).mean(), rtol=0.1)
    recurrent = ours.get_weights()[1]
    rows = recurrent @ recurrent.T
    np.testing.assert_allclose(rows, np.eye(32), atol=1e-5)
    limit = np.abs(theirs.get_weights()[0]).max()
    np.testing.assert_allclose(np.abs(ours.get_weights()[0]).max(), limit, rtol=0.02)
