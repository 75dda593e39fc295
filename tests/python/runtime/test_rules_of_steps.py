"""Layers that look at more than one step: convolutions and poolings in a stream."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tidegate import layers
from tidegate.layers import GRU, LSTM, Conv1D, Dense, Input
from tidegate.models import Model
from tidegate.runtime import lower

from .networks import noisy
from .streams import WIDTH, inputs, of_layers, steps_of


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_causal_convolution_is_the_bits_of_predict(batch: int) -> None:
    cases = itertools.product((1, 2, 3, 7), (1, 3), (1, 5), (False, True))
    for size, dilation, groups, use_bias in cases:
        model = of_layers(
            Conv1D(
                10,
                size,
                padding="causal",
                dilation_rate=dilation,
                groups=groups,
                use_bias=use_bias,
                activation="tanh",
            )
        )
        x = inputs(model, batch)
        session = model.stream(batch=batch)
        expected = model.predict(x, verbose=0)
        for _ in range(2):  # wherever the ring stands
            assert steps_of(session, x).tobytes() == expected.tobytes(), (size, dilation, groups)
            steps_of(session, x[:, :5])
            session.reset()


def test_the_state_of_a_convolution_is_its_last_inputs() -> None:
    model = of_layers(Conv1D(4, 3, padding="causal", dilation_rate=2))
    x = inputs(model, 2)
    session = model.stream(batch=2)
    for steps in (1, 6, 9):
        session.reset()
        steps_of(session, x[:, :steps])
        ((history,),) = session.state
        past = np.concatenate([np.zeros((2, 4, WIDTH), np.float32), x[:, :steps]], axis=1)[:, -4:]
        assert history.tobytes() == past.tobytes()
    assert lower(model).operations[1].states == {"history": (4, WIDTH)}
    assert lower(of_layers(Conv1D(4, 1, padding="causal"))).operations[1].states == {}


@pytest.mark.parametrize("pooling", ["GlobalAveragePooling1D", "GlobalMaxPooling1D"])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_pooling_over_time_is_that_of_all_steps_so_far(pooling: str, keepdims: bool) -> None:
    layer = getattr(layers, pooling)
    for width in (2, 3, 33):
        model = of_layers(GRU(width, return_sequences=True), layer(keepdims=keepdims), Dense(3))
        x = inputs(model, 3)
        session = model.stream(batch=3)
        for t in range(x.shape[1]):
            y = session.step(np.ascontiguousarray(x[:, t]))
            expected = model.predict(x[:, : t + 1], verbose=0)
            assert y.tobytes() == expected.tobytes(), (width, t)


def test_the_mean_of_one_feature_agrees_to_rounding() -> None:
    # NumPy adds a single feature's steps in pairs.
    model = of_layers(Dense(1), layers.GlobalAveragePooling1D())
    x = inputs(model, 2, steps=1000)
    streamed = steps_of(model.stream(batch=2), x)[:, -1]
    np.testing.assert_allclose(streamed, model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)


def test_states_of_poolings_go_out_and_in() -> None:
    x = Input((None, WIDTH))
    h = LSTM(4, return_sequences=True)(x)
    mean, largest = layers.GlobalAveragePooling1D()(h), layers.GlobalMaxPooling1D()(x)
    model = noisy(Model(x, layers.Concatenate()([mean, largest, LSTM(2)(h)])))
    values = inputs(model, 2)
    session, other = model.stream(batch=2), model.stream(batch=2)
    names = [tuple(op.states) for op in session.graph.operations if op.states]
    assert names == [("h", "c"), ("total", "count"), ("largest",), ("h", "c")]
    assert np.isneginf(session.state[2][0]).all()
    for cut in (1, 8):
        session.reset()
        steps_of(session, values[:, :cut])
        steps_of(other, values[:, 2:7])
        other.state = session.state
        assert session.state[1][1].tolist() == [[0, cut]] * 2
        rest = values[:, cut:]
        assert steps_of(other, rest).tobytes() == steps_of(session, rest).tobytes()


def test_a_mean_goes_on_where_one_float_stops_counting() -> None:
    model = of_layers(layers.GlobalAveragePooling1D())
    session = model.stream()
    count = 3 * 2**24 - 2
    total = np.full((1, WIDTH), 2.0 * count, np.float32)
    session.state = [(total, np.array([[2, 2**24 - 2]], np.float32))]
    ones = np.ones((1, WIDTH), np.float32)
    assert session.step(ones).tolist() == [[2.0] * WIDTH]
    session.step(ones)
    assert session.state[0][1].tolist() == [[3, 0]]
    session.step(ones)
    assert session.state[0][1].tolist() == [[3, 1]]


def test_a_nan_stays_the_largest() -> None:
    session = of_layers(layers.GlobalMaxPooling1D()).stream()
    x = np.zeros((1, WIDTH), np.float32)
    x[0, 1] = np.nan
    session.step(x)
    y = session.step(np.ones((1, WIDTH), np.float32))
    np.testing.assert_array_equal(y, [[1, np.nan, 1, 1, 1]])


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (Conv1D(2, 3, name="bad"), "its windows reach into later steps; padding 'causal' does not"),
        (Conv1D(2, 3, padding="same", name="bad"), "its windows reach into later steps"),
        (Conv1D(2, 1, strides=2, name="bad"), "its windows reach|it gives no row for some steps"),
        (Conv1D(2, 2, strides=2, padding="causal", name="bad"), "it gives no row for some steps"),
        (GRU(2, go_backwards=True, name="bad"), "it starts at the last step of the sequence"),
        (layers.Bidirectional(GRU(2), name="bad"), "it starts at the last step of the sequence"),
    ],
)
def test_what_no_stream_can_run_names_the_layer(layer: Any, why: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^\[stream\] operation . '(bad|bad/.*)' .*{why}"
    ) as error:
        of_layers(layer).stream()
    assert "Hint: lower(model).session(batch, steps=T).run(x)" in str(error.value)
