"""mixed_bfloat16 in the layers around the recurrent ones, beside Keras: dtypes and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from recurrent_cases import relative

import tidegate

PACKAGES = (tidegate, keras)
SERIES = np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)
OTHER = np.random.default_rng(1).normal(size=(2, 6, 4)).astype(np.float32)
ROWS = SERIES[:, 0]
PAIR = [SERIES, OTHER]

LAYERS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "Add": (lambda k: k.Add(), PAIR),
    "Average": (lambda k: k.Average(), PAIR),
    "Concatenate": (lambda k: k.Concatenate(), PAIR),
    "Dot": (lambda k: k.Dot(axes=2), PAIR),
    "Maximum": (lambda k: k.Maximum(), PAIR),
    "Minimum": (lambda k: k.Minimum(), PAIR),
    "Multiply": (lambda k: k.Multiply(), PAIR),
    "Subtract": (lambda k: k.Subtract(), PAIR),
    "Attention": (lambda k: k.Attention(use_scale=True), PAIR),
    "AdditiveAttention": (lambda k: k.AdditiveAttention(), PAIR),
    "AveragePooling1D": (lambda k: k.AveragePooling1D(2), SERIES),
    "BatchNormalization": (lambda k: k.BatchNormalization(), SERIES),
    "Conv1D": (lambda k: k.Conv1D(3, 2, activation="relu"), SERIES),
    "Cropping1D": (lambda k: k.Cropping1D(1), SERIES),
    "ELU": (lambda k: k.ELU(), SERIES),
    "Flatten": (lambda k: k.Flatten(), SERIES),
    "GlobalAveragePooling1D": (lambda k: k.GlobalAveragePooling1D(), SERIES),
    "GlobalMaxPooling1D": (lambda k: k.GlobalMaxPooling1D(), SERIES),
    "Identity": (lambda k: k.Identity(), SERIES),
    "LeakyReLU": (lambda k: k.LeakyReLU(), SERIES),
    "MaxPooling1D": (lambda k: k.MaxPooling1D(2), SERIES),
    "PReLU": (lambda k: k.PReLU(), SERIES),
    "Permute": (lambda k: k.Permute((2, 1)), SERIES),
    "RNN": (lambda k: k.RNN(k.LSTMCell(3)), SERIES),
    "RNN of several": (
        lambda k: k.RNN([k.GRUCell(3), k.SimpleRNNCell(2)], return_sequences=True),
        SERIES,
    ),
    "Bidirectional of cells": (lambda k: k.Bidirectional(k.RNN(k.GRUCell(3))), SERIES),
    "ReLU": (lambda k: k.ReLU(), SERIES),
    "RepeatVector": (lambda k: k.RepeatVector(3), ROWS),
    "Reshape": (lambda k: k.Reshape((4, 6)), SERIES),
    "Softmax": (lambda k: k.Softmax(), SERIES),
    "SpatialDropout1D": (lambda k: k.SpatialDropout1D(0.5), SERIES),
    "UnitNormalization": (lambda k: k.UnitNormalization(), SERIES),
    "UpSampling1D": (lambda k: k.UpSampling1D(2), SERIES),
    "ZeroPadding1D": (lambda k: k.ZeroPadding1D(1), SERIES),
}
NOISE: dict[str, Callable[[Any], Any]] = {
    "AlphaDropout": lambda k: k.AlphaDropout(0.5),
    "Dropout": lambda k: k.Dropout(0.5),
    "GaussianDropout": lambda k: k.GaussianDropout(0.5),
    "GaussianNoise": lambda k: k.GaussianNoise(0.5),
    "SpatialDropout1D": lambda k: k.SpatialDropout1D(0.5),
    "LSTMCell": lambda k: k.RNN(k.LSTMCell(3, dropout=0.3, recurrent_dropout=0.3)),
}


@pytest.fixture(autouse=True)
def _mixed():
    for package in PACKAGES:
        package.config.set_dtype_policy("mixed_bfloat16")
    yield
    for package in PACKAGES:
        package.config.set_dtype_policy("float32")
        package.utils.clear_session()


def dtype_name(x: Any) -> str:
    return str(x.dtype).removeprefix("torch.")


def check(ours: Any, theirs: Any, y: Any, expected: Any) -> None:
    assert ours.compute_dtype == theirs.compute_dtype == "bfloat16"
    assert [w.dtype for w in ours.weights] == [w.dtype for w in theirs.weights]
    assert dtype_name(y) == dtype_name(expected)
    assert tuple(y.shape) == tuple(expected.shape)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", [name for name in LAYERS if name != "SpatialDropout1D"])
def test_layers(name: str, training: bool) -> None:
    make, x = LAYERS[name]
    layers = [make(package.layers) for package in PACKAGES]
    for layer in layers:
        layer(x)
    layers[0].set_weights(layers[1].get_weights())
    y, expected = (layer(x, training=training) for layer in layers)
    check(*layers, y, expected)
    assert relative(y.numpy(), expected.detach().float().numpy()) < 0.02
    for a, b in zip(*(layer.get_weights() for layer in layers), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_symbolic_dtypes(name: str) -> None:
    make, x = LAYERS[name]
    found = []
    for package in PACKAGES:
        inputs = [package.Input(part.shape[1:]) for part in (x if isinstance(x, list) else [x])]
        y = make(package.layers)(inputs if isinstance(x, list) else inputs[0])
        found.append((y.dtype, tuple(y.shape)))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", NOISE)
def test_random_layers(name: str) -> None:
    layers = [NOISE[name](package.layers) for package in PACKAGES]
    y, expected = (layer(SERIES, training=True) for layer in layers)
    check(*layers, y, expected)


def test_multi_head_attention() -> None:
    layers = [package.layers.MultiHeadAttention(2, 3) for package in PACKAGES]
    for layer in layers:
        layer(SERIES, OTHER)
    layers[0].set_weights(layers[1].get_weights())
    (y, scores), (expected, other) = (
        layer(SERIES, OTHER, return_attention_scores=True) for layer in layers
    )
    check(*layers, y, expected)
    assert dtype_name(scores) == dtype_name(other)
    assert relative(y.numpy(), expected.detach().float().numpy()) < 0.02
