"""Weights in Keras' HDF5 layout: what fits, what does not, and the state of the optimizer."""

from __future__ import annotations

import os
import sys

import h5py
import numpy as np
import pytest

from tidegate.errors import NotOfferedError
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Input, Layer
from tidegate.models import Sequential
from tidegate.saving import WeightsFileError

X, Y = np.ones((4, 5), np.int32), np.ones((4, 1), np.float32)


def stack(*, optimizer=None, units=2, name=None):
    layers = [
        Input((5,)),
        Embedding(9, 4),
        Bidirectional(LSTM(3, return_sequences=True)),
        GRU(units, name=name),
        Dense(1),
    ]
    model = Sequential(layers)
    if optimizer:
        model.compile(optimizer, "mse")
    return model


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a.get_weights(), b.get_weights(), strict=True))


def test_weights_go_by_place_not_by_name(tmp_path):
    path = tmp_path / "w.weights.h5"
    one, other = stack(name="mine"), stack(name="yours")
    one.save_weights(path)
    assert not equal(one, other)
    other.load_weights(path)
    assert equal(one, other)
    with h5py.File(path) as file:
        assert file["layers/gru/cell/vars"].attrs["name"] == "gru_cell"
        assert file["layers/bidirectional/backward_layer/cell/vars/1"].shape == (3, 12)


def test_another_model_is_refused_and_nothing_changes(tmp_path):
    path = tmp_path / "w.weights.h5"
    stack().save_weights(path)
    model = stack(units=3)
    before = model.get_weights()
    text = r"'layers/gru/cell/vars/0' must be float32 \[6, 9\]\. Received: float32 \[6, 6\]"
    with pytest.raises(WeightsFileError, match=text):
        model.load_weights(path)
    smaller = Sequential([Input((5,)), Embedding(9, 4), GRU(2)])
    with pytest.raises(WeightsFileError, match="must have 3 arrays"):
        Sequential([Input((5, 4)), LSTM(2)]).load_weights(path)
    with pytest.raises(WeightsFileError, match=r"\[6, 6\]"):
        smaller.load_weights(path)
    for x, y in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(x, y)


def test_arrays_that_no_layer_takes_are_an_error(tmp_path):
    path = tmp_path / "w.weights.h5"
    Sequential([Input((3,)), Dense(3), Dense(3)]).save_weights(path)
    model = Sequential([Input((3,)), Dense(3)])
    with pytest.raises(WeightsFileError, match=r"layers/dense_1/vars'.* left over"):
        model.load_weights(path)
    model.load_weights(path, skip_mismatch=True)


def test_skip_mismatch_takes_whole_layers_that_fit_and_warns(tmp_path):
    path = tmp_path / "w.weights.h5"
    one, other = stack(), stack(units=3)
    one.save_weights(path)
    with pytest.warns(UserWarning, match="not loaded") as warned:
        other.load_weights(path, skip_mismatch=True)
    assert [("gru" in str(w.message), "dense" in str(w.message)) for w in warned] == [
        (True, False),
        (False, True),
    ]
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_the_optimizer_goes_on_where_it_was(tmp_path, optimizer):
    path = tmp_path / "w.weights.h5"
    one, other = stack(optimizer=optimizer), stack(optimizer=optimizer)
    one.fit(X, Y, epochs=2, verbose=0)
    one.save_weights(path)
    other.load_weights(path)
    for model in (one, other):
        model.fit(X, Y, epochs=2, verbose=0)
    assert equal(one, other)
    assert int(other.optimizer.iterations) == 4


def test_the_state_of_another_optimizer_is_left_out_with_a_warning(tmp_path):
    path = tmp_path / "w.weights.h5"
    one, other = stack(optimizer="adam"), stack(optimizer="rmsprop")
    one.fit(X, Y, verbose=0)
    one.save_weights(path)
    with pytest.warns(UserWarning, match=r"'rm_sprop\w*' \(optimizer\) must have 14 arrays"):
        other.load_weights(path)
    assert equal(one, other)
    assert int(other.optimizer.iterations) == 0
    uncompiled = stack()
    uncompiled.load_weights(path)
    assert equal(one, uncompiled)


def test_an_optimizer_that_never_stepped_has_no_slots_in_the_file(tmp_path):
    path = tmp_path / "w.weights.h5"
    one, other = stack(optimizer="adam"), stack(optimizer="adam")
    one.optimizer.learning_rate = 0.5
    one.save_weights(path)
    other.load_weights(path)
    assert float(other.optimizer.learning_rate) == 0.5


def test_other_widths_of_floats_are_converted(tmp_path):
    path = tmp_path / "w.weights.h5"
    one, other = stack(), stack()
    one.save_weights(path)
    with h5py.File(path, "r+") as file:
        group = file["layers/dense/vars"]
        kernel, bias = group["0"][()], group["1"][()]
        del group["0"], group["1"]
        group["0"] = kernel.astype(np.float64)
        group["1"] = (bias.view(np.uint32) >> 16).astype(np.uint16).view("V2")  # bfloat16
    other.load_weights(path)
    assert equal(one, other)


def test_without_h5py_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    model = stack()
    calls = (
        lambda: model.save_weights(tmp_path / "w.weights.h5"),
        lambda: model.save(tmp_path / "m.keras"),
    )
    for call in calls:
        with pytest.raises(ImportError, match=r"pip install 'tidegate\[keras\]'"):
            call()
    assert not list(tmp_path.iterdir())


def test_hooks_of_a_layer_of_ones_own_are_not_lost_in_silence(tmp_path):
    class Counting(Layer):
        def call(self, x):
            return x

    class Saving(Counting):
        def save_own_variables(self, store):
            store["count"] = np.zeros(())

    class Loading(Counting):
        def load_own_variables(self, store):
            pass

    Sequential([Input((3,)), Counting()]).save_weights(tmp_path / "m.weights.h5")
    for kind, hook in ((Saving, "save"), (Loading, "load")):
        model = Sequential([Input((3,)), kind(name="mine")])
        text = rf"{hook}_own_variables of a layer of your own \('mine'\).*Hint: weights made by"
        for path in ("n.weights.h5", "n.keras"):
            with pytest.raises(NotOfferedError, match=text):
                (model.save if path == "n.keras" else model.save_weights)(tmp_path / path)
        with pytest.raises(NotOfferedError, match=text):
            model.load_weights(tmp_path / "m.weights.h5")
    assert os.listdir(tmp_path) == ["m.weights.h5"]
