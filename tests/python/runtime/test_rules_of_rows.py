"""Layers that treat each step by itself: streamed steps are the bits of predict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import layers
from tidegate.layers import LSTM, Concatenate, Conv1D, Dense, Embedding, Input
from tidegate.models import Model, Sequential
from tidegate.runtime import lower

from . import networks
from .networks import inputs_of, noisy, predicted, stepped
from .streams import IDS, bfloat16, inputs, of_layers, steps_of


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return networks.streamed()


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_steps_are_the_bits_of_predict(models: dict[str, Any], batch: int) -> None:
    for name, model in models.items():
        x = inputs_of(model, batch)
        expected = predicted(model, x)
        session = model.stream(batch=batch)
        for y, wanted in zip(stepped(session, x), expected, strict=True):
            assert y.tobytes() == wanted.tobytes(), name
        session.reset()
        whole = session.run(x[0] if len(x) == 1 else x)
        for y, wanted in zip(whole if len(expected) > 1 else [whole], expected, strict=True):
            assert y.tobytes() == wanted.tobytes(), name


def test_the_state_goes_out_and_in_between_any_two_steps(models: dict[str, Any]) -> None:
    for name, model in models.items():
        x = inputs_of(model, 2)
        session, other = model.stream(batch=2), model.stream(batch=2)
        for cut in (1, 2, 10, 11):
            session.reset()
            stepped(session, [one[:, :cut] for one in x])
            stepped(other, [one[:, 3:7] for one in x])
            other.state = session.state
            rest = [one[:, cut:] for one in x]
            for y, wanted in zip(stepped(other, rest), stepped(session, rest), strict=True):
                assert y.tobytes() == wanted.tobytes(), (name, cut)


def test_bfloat16_rounds_kernels_of_dense_and_recurrent_layers_alone(
    models: dict[str, Any],
) -> None:
    for model in (models["skips"], models["convolved"]):
        x = inputs_of(model, 2)
        session = model.stream(batch=2, weights="bfloat16")
        kept = model.get_weights()
        for layer in model.layers:
            for variable in layer.weights:
                if variable.name.endswith("kernel") and not isinstance(layer, Conv1D):
                    variable.assign(bfloat16(variable.numpy()))
        expected = stepped(model.stream(batch=2), x)
        model.set_weights(kept)
        for y, wanted in zip(stepped(session, x), expected, strict=True):
            assert y.tobytes() == wanted.tobytes()
        assert session.graph.nbytes < lower(model).nbytes


def test_elu_agrees_to_rounding() -> None:
    # The layer takes expm1, the runtime its own exp, less one.
    model = of_layers(Dense(9, activation="elu"), layers.ELU(0.5), layers.Activation("elu"))
    x = inputs(model, 2)
    streamed = steps_of(model.stream(batch=2), x)
    np.testing.assert_allclose(streamed, model.predict(x, verbose=0), rtol=0, atol=3e-7)


def test_maxima_of_nan_are_nan_as_in_numpy() -> None:
    a, b = Input((None, 3)), Input((None, 3))
    for layer, function in ((layers.Maximum(), np.maximum), (layers.Minimum(), np.minimum)):
        session = Model([a, b], layer([a, b])).stream()
        x = np.array([[np.nan, 1, np.inf]], np.float32), np.array([[0, np.nan, 2]], np.float32)
        for pair in (x, x[::-1]):
            np.testing.assert_array_equal(session.step(pair), function(*pair))


def test_a_shared_layer_has_one_copy_of_its_weights(models: dict[str, Any]) -> None:
    operations = lower(models["shared"]).operations
    first, second = (operation for operation in operations if operation.kind == "gru")
    assert first.weights["kernel"] is second.weights["kernel"]
    assert first.name == second.name
    assert len(models["shared"].stream().state) == 3


def test_what_leaves_rows_as_they_are_does_nothing() -> None:
    x = Input((None, 6))
    y = layers.Reshape((-1, 6))(layers.Permute((1, 2))(layers.Identity()(x)))
    h = layers.Reshape((1, 4))(LSTM(4)(layers.ActivityRegularization(0.1)(y)))
    flat = layers.Flatten()(layers.RepeatVector(1)(layers.Flatten()(h)))
    model = noisy(Model(x, Dense(2)(flat)))
    assert [op.kind for op in lower(model).operations] == ["input", "lstm", "dense"]
    values = inputs_of(model, 2)
    last = stepped(model.stream(batch=2), values)[0][:, -1]
    assert last.tobytes() == predicted(model, values)[0].tobytes()


def test_a_row_beside_a_sequence_that_has_ended() -> None:
    x, place, kind = Input((None, 4)), Input((3,)), Input((1,))
    row = Concatenate()([LSTM(5)(x), Dense(2)(place), layers.Flatten()(Embedding(IDS, 2)(kind))])
    model = noisy(Model([x, place, kind], Dense(2)(row)))
    values = [
        *inputs_of(Model(x, Dense(1)(x)), 2),
        np.ones((2, 3), "f4"),
        np.array([[1], [3]], "i4"),
    ]
    session = model.stream(batch=2)
    for t in range(6):
        y = session.step([np.ascontiguousarray(values[0][:, t]), *values[1:]])
        expected = model.predict([values[0][:, : t + 1], *values[1:]], verbose=0)
        assert y.tobytes() == expected.tobytes()
    assert [op.sequence for op in session.graph.inputs] == [True, False, False]


def test_one_value_of_a_merge_is_that_value() -> None:
    model = of_layers(Dense(2))
    x = model.inputs[0]
    assert [op.kind for op in lower(Model(x, layers.Add()([x, x]))).operations] == ["input", "add"]
    assert [op.kind for op in lower(Model(x, Dense(1)(layers.Add()([x, x, x])))).operations] == [
        "input",
        "add",
        "dense",
    ]


def test_a_batch_normalization_is_a_factor_and_a_shift() -> None:
    model = networks.positive(noisy(Sequential([Input((None, 4)), layers.BatchNormalization()])))
    operation = lower(model).operations[1]
    gamma, beta, mean, variance = model.get_weights()
    assert operation.kind == "scale"
    factor = gamma / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(operation.weights["scale"], factor, rtol=1e-6)
    np.testing.assert_allclose(operation.weights["offset"], beta - mean * factor, rtol=1e-5)
