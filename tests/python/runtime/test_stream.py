"""`model.stream()`: streamed steps are the bits of the sequence call."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate import _core
from tidegate.layers import GRU, LSTM, Dense, Input
from tidegate.models import Sequential
from tidegate.runtime import lower

from . import streams
from .streams import ACTIVATIONS, CELLS, bfloat16, inputs, of_layers, steps_of


@pytest.fixture(scope="module")
def stacks() -> dict[str, Any]:
    return streams.stacks()


@pytest.mark.parametrize("batch", [1, 2, 3, 7])
def test_steps_are_the_bits_of_predict(stacks: dict[str, Any], batch: int) -> None:
    for name, model in stacks.items():
        x = inputs(model, batch)
        expected = model.predict(x, verbose=0)
        session = model.stream(batch=batch)
        assert steps_of(session, x).tobytes() == expected.tobytes(), name
        session.reset()
        assert session.run(x).tobytes() == expected.tobytes(), name


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(cell: str, activation: str) -> None:
    for gates in (None,) if cell == "simple_rnn" else ACTIVATIONS:
        options = {} if gates is None else {"recurrent_activation": gates}
        model = of_layers(
            CELLS[cell](10, activation=activation, return_sequences=True, **options),
            Dense(3, activation=activation),
        )
        x = inputs(model, 2, steps=6)
        assert steps_of(model.stream(2), x).tobytes() == model.predict(x, verbose=0).tobytes()


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("ids", [False, True])
def test_the_last_step_is_what_predict_gives_without_sequences(cell: str, ids: bool) -> None:
    model = of_layers(CELLS[cell](9), Dense(2, activation="sigmoid"), ids=ids)
    x = inputs(model, 3)
    session = model.stream(batch=3)
    for t in range(x.shape[1]):
        y = session.step(np.ascontiguousarray(x[:, t]))
        expected = model.predict(x[:, : t + 1], verbose=0)
        assert y.tobytes() == expected.tobytes()


def test_steps_are_the_same_bits_on_every_isa() -> None:
    folder = str(Path(__file__).parent.parent)
    path = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
    lines = {}
    for isa in _core.available_isas():
        run = subprocess.run(
            [sys.executable, "-m", "runtime.streams"],
            env={**os.environ, "TIDEGATE_ISA": isa, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        name, lines[isa] = run.stdout.split()
        assert name == isa
    assert len(set(lines.values())) == 1, lines


def test_a_stateful_model_streams_from_zero_states() -> None:
    model = Sequential([Input(batch_shape=(1, None, 5)), LSTM(4, stateful=True), Dense(1)])
    x = inputs(model, 1)
    first = model.predict(x, verbose=0)
    assert steps_of(model.stream(), x)[:, -1].tobytes() == first.tobytes()
    assert model.predict(x, verbose=0).tobytes() != first.tobytes()


def test_masks_do_nothing_in_a_stream() -> None:
    from tidegate.layers import Embedding, Masking

    plain = Sequential([Input((None,)), Embedding(9, 4), GRU(6), Dense(2)])
    masked = Sequential([Input((None,)), Embedding(9, 4, mask_zero=True), GRU(6), Dense(2)])
    masked.set_weights(plain.get_weights())
    ids = np.array([[3, 0, 5, 0]], np.int32)
    streamed = steps_of(masked.stream(), ids)
    assert streamed[:, -1].tobytes() == plain.predict(ids, verbose=0).tobytes()
    assert streamed[:, -1].tobytes() != masked.predict(ids, verbose=0).tobytes()

    values = Sequential([Input((None, 2)), Masking(1.0), LSTM(3, return_sequences=True)])
    ones = np.ones((1, 3, 2), np.float32)
    bare = Sequential([Input((None, 2)), LSTM(3, return_sequences=True)])
    bare.set_weights(values.get_weights())
    assert steps_of(values.stream(), ones).tobytes() == bare.predict(ones, verbose=0).tobytes()


def test_training_goes_on_without_the_session() -> None:
    model = of_layers(LSTM(6, return_sequences=True), Dense(2))
    x = inputs(model, 2)
    before = model.predict(x, verbose=0)
    session = model.stream(batch=2)
    model.compile(optimizer="sgd", loss="mse")
    model.fit(x, np.zeros_like(before), epochs=1, verbose=0)
    assert model.predict(x, verbose=0).tobytes() != before.tobytes()
    assert steps_of(session, x).tobytes() == before.tobytes()
    assert steps_of(model.stream(batch=2), x).tobytes() == model.predict(x, verbose=0).tobytes()


def _rounded(model: Any) -> Any:
    """The model with every kernel at the nearest bfloat16; biases and tables as they were."""
    for layer in model.layers:
        for variable in layer.weights:
            if variable.name.endswith("kernel"):
                variable.assign(bfloat16(variable.numpy()))
    return model


@pytest.mark.parametrize("batch", [1, 2, 3, 6, 13])
def test_bfloat16_steps_are_those_of_rounded_kernels(stacks: dict[str, Any], batch: int) -> None:
    for name, model in stacks.items():
        x = inputs(model, batch)
        session = model.stream(batch=batch, weights="bfloat16")
        exact = steps_of(model.stream(batch=batch), x)
        kept = model.get_weights()
        expected = steps_of(_rounded(model).stream(batch=batch), x)
        model.set_weights(kept)
        assert steps_of(session, x).tobytes() == expected.tobytes(), name
        assert expected.tobytes() != exact.tobytes(), name


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("units", [64, 128, 200])
def test_bfloat16_panels_beside_each_other(cell: str, units: int) -> None:
    model = of_layers(CELLS[cell](units, return_sequences=True), Dense(150))
    x = inputs(model, 1)
    session = model.stream(weights="bfloat16")
    expected = steps_of(_rounded(model).stream(), x)
    assert steps_of(session, x).tobytes() == expected.tobytes()


def test_bfloat16_takes_half_the_bytes() -> None:
    model = of_layers(LSTM(64), Dense(32))
    kernels = sum(4 * w.size for w in model.get_weights() if w.ndim == 2)
    full, half = lower(model), lower(model, "bfloat16")
    assert full.nbytes - half.nbytes == kernels // 2
    assert repr(half) == "<Graph lstm 5 -> 64, dense 64 -> 32, bfloat16>"


def test_unknown_weights() -> None:
    with pytest.raises(
        ValueError, match=r"^\[stream\] weights must be one of 'float32', 'bfloat16'"
    ):
        of_layers(GRU(2)).stream(weights="float8")


@pytest.mark.parametrize("batch", [0, -1, 2**31, 2**40])
def test_a_batch_that_is_no_number_of_rows(batch: int) -> None:
    with pytest.raises(ValueError, match=r"^\[session\] batch must be a positive number of rows"):
        of_layers(GRU(2)).stream(batch=batch)


@pytest.mark.parametrize("batch", [1.0, "1", None, True])
def test_a_batch_of_another_type(batch: Any) -> None:
    with pytest.raises(TypeError, match=r"^\[session\] batch must be an integer"):
        of_layers(GRU(2)).stream(batch=batch)
