"""Weights of models in files."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Input
from tidegate.models import Model, Sequential
from tidegate.saving import WeightsFileError, safetensors
from tidegate.saving.weights import named_weights


def stack():
    return Sequential(
        [
            Input((5,)),
            Embedding(9, 4),
            Bidirectional(LSTM(3, return_sequences=True)),
            GRU(2),
            Dense(1),
        ]
    )


def test_a_second_model_of_the_process_reads_the_first_ones_file(tmp_path):
    a, b = stack(), stack()
    path = tmp_path / "w.safetensors"
    a.save_weights(path)
    b.load_weights(path)
    for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    ids = np.array([[1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(a.predict(ids, verbose=0), b.predict(ids, verbose=0))


def test_names_count_within_the_model():
    names = list(named_weights(stack()))
    assert names[0] == "embedding/embeddings"
    assert "bidirectional/forward_lstm/lstm_cell/kernel" in names
    assert "bidirectional/backward_lstm/lstm_cell/recurrent_kernel" in names
    assert names[-1] == "dense/bias"


def test_given_names_and_shared_layers():
    x = Input((3,))
    dense = Dense(3, name="twice")
    model = Model(x, Dense(1)(dense(dense(x))))
    assert list(named_weights(model)) == [
        "twice/kernel",
        "twice/bias",
        "dense/kernel",
        "dense/bias",
    ]


def test_another_model_is_refused_and_nothing_changes(tmp_path):
    path = tmp_path / "w.safetensors"
    Sequential([Input((3,)), Dense(4), Dense(2)]).save_weights(path)
    model = Sequential([Input((3,)), Dense(4), Dense(3)])
    before = model.get_weights()
    with pytest.raises(WeightsFileError, match=r"weight 'dense_1/kernel' must be float32 \[4, 3\]"):
        model.load_weights(path)
    for x, y in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    model.load_weights(path, skip_mismatch=True)
    assert not np.array_equal(before[0], model.get_weights()[0])
    np.testing.assert_array_equal(before[2], model.get_weights()[2])


def test_missing_and_surplus_weights(tmp_path):
    path = tmp_path / "w.safetensors"
    small, large = (
        Sequential([Input((3,)), Dense(4)]),
        Sequential([Input((3,)), Dense(4), Dense(2)]),
    )
    small.save_weights(path)
    with pytest.raises(WeightsFileError, match="must hold the weight 'dense_1/kernel'"):
        large.load_weights(path)
    large.save_weights(path)
    with pytest.raises(WeightsFileError, match="every tensor of the file must be a weight"):
        small.load_weights(path)


def test_dtype_must_fit(tmp_path):
    path = tmp_path / "w.safetensors"
    model = Sequential([Input((3,)), Dense(1)])
    safetensors.write(path, {k: v.numpy().astype("f8") for k, v in named_weights(model).items()})
    with pytest.raises(WeightsFileError, match="float64"):
        model.load_weights(path)


@pytest.mark.parametrize("suffix", [".weights.json", ".h5", ".hdf5"])
def test_formats_of_keras_that_are_not_served_are_named(tmp_path, suffix):
    model = Sequential([Input((3,)), Dense(1)])
    for method in (model.save_weights, model.load_weights):
        with pytest.raises(NotImplementedError, match=rf"the format '\{suffix}'"):
            method(tmp_path / f"w{suffix}")
    with pytest.raises(ValueError, match="must end in"):
        model.save_weights(tmp_path / "w.bin")
    with pytest.raises(ValueError, match="must end in"):
        model.save_weights(tmp_path / "m.keras")


def test_unbuilt_models_and_existing_files(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(ValueError, match="must be built"):
        Sequential([Dense(1)]).save_weights(path)
    model = Sequential([Input((3,)), Dense(1)])
    model.save_weights(path)
    with pytest.raises(FileExistsError):
        model.save_weights(path, overwrite=False)
    with pytest.raises(FileNotFoundError):
        model.load_weights(tmp_path / "none.safetensors")
