"""`Model.quantize`: rounded weights, streams that keep them, no training any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate.errors import NotOfferedError
from tidegate.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Embedding,
    Input,
    PReLU,
    TimeDistributed,
)
from tidegate.models import Sequential, clone_model
from tidegate.runtime import load, lower
from tidegate.runtime.storage import restored

MODES = ("int8", "bfloat16", "float16")


def _model(*layers: Any) -> Any:
    model = Sequential([Input((None, 3)), *(layers or (LSTM(8, return_sequences=True), Dense(2)))])
    model.compile(optimizer="sgd", loss="mse")
    return model


X = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)


@pytest.mark.parametrize("mode", MODES)
def test_weights_become_what_a_stream_keeps(mode: str) -> None:
    model = _model()
    before = lower(model, mode)
    exact = model.predict(X, verbose=0)
    model.quantize(mode)
    after = lower(model)
    assert after.weights == mode
    for one, two in zip(before.operations, after.operations, strict=True):
        assert one.weights.keys() == two.weights.keys()
        for name in one.weights:
            assert one.weights[name].tobytes() == two.weights[name].tobytes()
    kernel = after.operations[1].weights
    assert model.layers[0].kernel.numpy().tobytes() == restored("kernel", kernel).tobytes()
    found = model.predict(X, verbose=0)
    assert 0 < np.abs(found - exact).max() < 0.02
    assert {layer.quantization_mode for layer in model.layers} == {mode}


@pytest.mark.parametrize("mode", MODES)
def test_streams_and_files_take_the_mode(mode: str, tmp_path: Path) -> None:
    model = _model()
    asked = model.stream(batch=2, weights=mode).run(X)
    model.quantize(mode)
    assert model.stream(batch=2).run(X).tobytes() == asked.tobytes()
    model.export(tmp_path / "m.tide")
    assert load(tmp_path / "m.tide").session(2).run(X).tobytes() == asked.tobytes()
    full = model.stream(batch=2, weights="float32").run(X)
    assert full.tobytes() == model.predict(X, verbose=0).tobytes()
    assert (asked.tobytes() == full.tobytes()) is (mode != "int8")
    assert np.abs(asked - full).max() < 0.02


def test_layers_around_layers() -> None:
    model = _model(
        Bidirectional(GRU(4, return_sequences=True)),
        BatchNormalization(),
        TimeDistributed(Dense(2)),
    )
    model.quantize("int8")
    for layer in model.flatten_layers():
        for variable in layer.own_weights:
            if variable.name in ("kernel", "recurrent_kernel"):
                assert len(np.unique(variable.numpy()[:, 0])) <= 255
                scale = np.abs(variable.numpy()).max(axis=0) / np.float32(127)
                whole = variable.numpy() / scale
                np.testing.assert_allclose(whole, np.rint(whole), atol=1e-4)


def test_a_quantized_model_is_not_trained() -> None:
    model = _model()
    y = np.zeros((2, 6, 2), np.float32)
    model.train_on_batch(X, y)
    model.quantize("int8")
    weights = model.get_weights()
    for train in (model.fit, model.train_on_batch):
        with pytest.raises(ValueError, match=r"layer 'lstm.*' is quantized and cannot be trained"):
            train(X, y)
    for one, two in zip(weights, model.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()
    assert model.evaluate(X, y, verbose=0) > 0
    clone = clone_model(model)
    clone.set_weights(weights)
    clone.compile(optimizer="sgd", loss="mse")
    clone.fit(X, y, verbose=0)


def test_twice() -> None:
    model = _model()
    model.quantize("int8")
    with pytest.raises(ValueError, match=r"^\[quantize\] layer 'lstm.*' is quantized already"):
        model.quantize("bfloat16")


def test_a_layer_without_such_a_form_leaves_the_model_as_it_was() -> None:
    model = _model(Dense(4), PReLU(name="bend", shared_axes=[1]), Conv1D(2, 2))
    weights = model.get_weights()
    with pytest.raises(NotOfferedError, match=r"^\[quantize\] layer 'bend' of type PReLU"):
        model.quantize("int8")
    for one, two in zip(weights, model.get_weights(), strict=True):
        assert one.tobytes() == two.tobytes()
    model.fit(X, np.zeros((2, 5, 2), np.float32), verbose=0)


def test_a_model_that_is_not_built() -> None:
    with pytest.raises(ValueError, match=r"^\[quantize\] the model must be built"):
        Sequential([Dense(2)]).quantize("int8")


def test_other_dtypes() -> None:
    model = Sequential([Input((3,)), Dense(2, dtype="float64", name="wide")])
    with pytest.raises(ValueError, match=r"^\[quantize\] layer 'wide' must have weights of dtype"):
        model.quantize("int8")


@pytest.mark.parametrize("mode", ["int4", "float8", "gptq", "awq"])
def test_modes_that_keras_has(mode: str) -> None:
    with pytest.raises(NotOfferedError, match=rf"^\[quantize\] mode='{mode}'"):
        _model().quantize(mode)


def test_modes_that_nobody_has() -> None:
    with pytest.raises(ValueError, match=r"^\[quantize\] mode must be one of 'bfloat16'"):
        _model().quantize("int9")
    with pytest.raises(ValueError, match=r"^\[quantize\] unknown arguments"):
        _model().quantize("int8", faster=True)
    with pytest.raises(NotOfferedError, match=r"^\[quantize\] config or filters"):
        _model().quantize("int8", filters="dense")


def test_tables_of_ids() -> None:
    model = Sequential([Input((None,)), Embedding(9, 4), GRU(5)])
    ids = np.array([[1, 8, 0]], np.int32)
    exact = model.predict(ids, verbose=0)
    model.quantize("int8")
    rows = model.layers[0].embeddings.numpy()
    scale = np.abs(rows).max(axis=1, keepdims=True) / np.float32(127)
    np.testing.assert_allclose(rows / scale, np.rint(rows / scale), atol=1e-4)
    assert np.abs(model.predict(ids, verbose=0) - exact).max() < 0.02
