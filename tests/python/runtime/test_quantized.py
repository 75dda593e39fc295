"""Streams over weights of 8 bits: steps are those of `tidegate.reference.quantized`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate.layers import LSTM, Activation, Dense
from tidegate.reference import Weights, quantized
from tidegate.reference.activations import get
from tidegate.runtime import lower
from tidegate.runtime.storage import restored

from . import streams
from .streams import ACTIVATIONS, CELLS, Array, inputs, of_layers, steps_of

# States agree but for the last bits of activations; pre-activations are sums of integers.
NEAR = 2e-6


def oracle_step(operation: Any, x: Array, fixed: bool, states: Any) -> Any:
    """The next states by the oracle, from the float32 weights of the operation."""
    weights = Weights(
        operation.weights["kernel"],
        operation.weights["recurrent_kernel"],
        operation.weights.get("bias"),
        operation.reset_after,
    )
    names = (operation.activation, operation.recurrent_activation)
    return quantized.step(operation.kind, x, fixed, states, weights, names)


def check_steps(model: Any, x: Array) -> None:
    """Each step of each layer, from the states and inputs that the session had."""
    graph = lower(model)
    layers = [op for op in graph.operations if op.states]
    session = model.stream(batch=len(x), weights="int8")
    for t in range(x.shape[1]):
        before = session.state
        session.step(np.ascontiguousarray(x[:, t]))
        row, fixed = x[:, t], False
        for operation, old, new in zip(layers, before, session.state, strict=True):
            for found, expected in zip(new, oracle_step(operation, row, fixed, old), strict=True):
                scale = max(1.0, float(np.abs(expected).max()))
                np.testing.assert_allclose(found, expected, rtol=0, atol=NEAR * scale)
            row, fixed = new[0], operation.bounded(reads=False)


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
@pytest.mark.parametrize("units", [1, 8, 33, 70])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_those_of_the_oracle(cell: str, units: int, batch: int) -> None:
    model = of_layers(CELLS[cell](units, return_sequences=True), CELLS[cell](9, use_bias=False))
    check_steps(model, inputs(model, batch, steps=5))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_range_follows_the_activations(cell: str, activation: str) -> None:
    for gates in (None,) if cell == "simple_rnn" else ("sigmoid", "linear"):
        options = {} if gates is None else {"recurrent_activation": gates}
        layer = CELLS[cell](12, activation=activation, return_sequences=True, **options)
        model = of_layers(layer, CELLS[cell](5))
        check_steps(model, 0.3 * inputs(model, 2, steps=4))


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_dense(activation: str) -> None:
    model = of_layers(Dense(70, activation=activation), Activation("linear"), Dense(3))
    x = np.ascontiguousarray(inputs(model, 5)[:, 0])
    first, second = (op.weights for op in lower(model).operations if op.kind == "dense")
    inner = quantized.dense(x, False, first["kernel"], first["bias"])
    inner = get(activation).forward(inner)
    expected = quantized.dense(inner, activation == "tanh", second["kernel"], second["bias"])
    found = model.stream(batch=5, weights="int8").step(x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)


def test_embeddings_have_a_scale_per_row() -> None:
    model = of_layers(Dense(4), ids=True)
    table = model.layers[0].embeddings
    table.assign(table.numpy() * np.geomspace(1e-3, 1e3, len(table.numpy()))[:, None])
    kept = lower(model, "int8").operations[1].weights
    assert kept["embeddings"].dtype == np.int8
    rows = restored("embeddings", kept)
    np.testing.assert_allclose(rows, table.numpy(), rtol=0, atol=np.abs(rows).max() / 250)
    errors = np.abs(rows - table.numpy()).max(axis=1) / np.abs(rows).max(axis=1)
    assert errors.max() < 0.5 / 126
    ids = np.arange(streams.IDS, dtype=np.int32)
    dense = lower(model).operations[2].weights
    expected = quantized.dense(rows, False, dense["kernel"], dense["bias"])
    found = model.stream(batch=len(ids), weights="int8").step(ids)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_run_step_and_batch_give_the_same_bits() -> None:
    for name, model in streams.stacks().items():
        x = inputs(model, 7)
        session = model.stream(batch=7, weights="int8")
        together = steps_of(session, x)
        session.reset()
        assert session.run(x).tobytes() == together.tobytes(), name
        alone = [steps_of(model.stream(weights="int8"), x[r : r + 1]) for r in range(7)]
        assert np.concatenate(alone).tobytes() == together.tobytes(), name


def test_a_quarter_of_the_bytes() -> None:
    model = of_layers(LSTM(256, return_sequences=True), LSTM(256))
    assert lower(model).nbytes / lower(model, "int8").nbytes > 3.75
    assert repr(lower(model, "int8")) == "<Graph lstm 5 -> 256, lstm 256 -> 256, int8>"


def test_what_a_graph_keeps_is_what_runs() -> None:
    kernel = lower(of_layers(LSTM(6)), "int8").operations[1].weights
    assert {name: array.dtype.name for name, array in kernel.items()} == {
        "kernel": "int8",
        "kernel_scale": "float32",
        "recurrent_kernel": "int8",
        "recurrent_kernel_scale": "float32",
        "bias": "float32",
    }
    assert kernel["kernel_scale"].shape == (24,)
    assert not any(array.flags.writeable for array in kernel.values())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_seen(value: float) -> None:
    model = of_layers(CELLS["gru"](9))
    x = np.ascontiguousarray(inputs(model, 2)[:, 0])
    x[1, 3] = value
    found = model.stream(batch=2, weights="int8").step(x)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


def test_states_outside_of_the_fixed_range() -> None:
    session = of_layers(CELLS["gru"](3)).stream(weights="int8")
    with pytest.raises(ValueError, match=r"^\[session\] h of layer 'gru.*' must lie in \[-1, 1\]"):
        session.state = [(np.full((1, 3), 1.5),)]
    unbounded = of_layers(CELLS["gru"](3, activation="relu")).stream(weights="int8")
    unbounded.state = [(np.full((1, 3), 1.5),)]


def test_rows_of_tiny_values_count_as_zeros() -> None:
    model = of_layers(CELLS["simple_rnn"](9, use_bias=False))
    session = model.stream(weights="int8")
    assert not session.step(np.full((1, 5), 1e-38, np.float32)).any()
    assert not session.step(np.zeros((1, 5), np.float32)).any()


def test_kernels_must_be_finite() -> None:
    model = of_layers(LSTM(3))
    kernel = model.layers[0].kernel
    kernel.assign(np.where(np.arange(12) == 5, np.nan, kernel.numpy()))
    with pytest.raises(ValueError, match=r"^\[quantize\] kernel of layer 'lstm.*' must be finite"):
        model.stream(weights="int8")


def test_float16_steps_are_those_of_rounded_kernels() -> None:
    for name, model in streams.stacks().items():
        for batch in (1, 2, 7):
            x = inputs(model, batch)
            exact = steps_of(model.stream(batch=batch), x)
            found = steps_of(model.stream(batch=batch, weights="float16"), x)
            kept = model.get_weights()
            for variable in model.weights:
                if variable.name.endswith("kernel"):
                    variable.assign(variable.numpy().astype(np.float16).astype(np.float32))
            expected = steps_of(model.stream(batch=batch), x)
            model.set_weights(kept)
            assert found.tobytes() == expected.tobytes(), name
            assert found.tobytes() != exact.tobytes(), name
