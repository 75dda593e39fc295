"""Bad calls of layers and models raise the class of error that Keras raises.

Each entry is called with the package; tidegate's errors may be subclasses of Keras' class, or
NotOfferedError where a thing is not there at all (none of these).
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

import tidegate

X2 = np.ones((2, 3), np.float32)
X3 = np.ones((2, 4, 3), np.float32)
X4 = np.ones((2, 4, 3, 2), np.float32)

CALLS: dict[str, Callable[[ModuleType], Any]] = {
    "dense units": lambda k: k.layers.Dense(0),
    "dense units text": lambda k: k.layers.Dense("a"),
    "dense argument": lambda k: k.layers.Dense(2, nothing=1),
    "dense rank": lambda k: k.layers.Dense(2)(np.ones(3, np.float32)),
    "dense unknown size": lambda k: k.layers.Dense(2).build((None, None)),
    "dense other size": lambda k: _twice(k.layers.Dense(2), X2, np.ones((2, 5), np.float32)),
    "dense activation": lambda k: k.layers.Dense(2, activation="nothing"),
    "dense initializer": lambda k: k.layers.Dense(2, kernel_initializer="nothing"),
    "layer name": lambda k: k.layers.Dense(2, name="a/b"),
    "layer trainable": lambda k: k.layers.Dense(2, trainable="yes"),
    "layer positional": lambda k: k.layers.Dense(2)("text"),
    "layer no input": lambda k: k.layers.Dense(2)(),
    "layer weights count": lambda k: _built(k.layers.Dense(2)).set_weights([X2]),
    "layer weights shape": lambda k: _built(k.layers.Dense(2)).set_weights([X2.T, np.ones(9)]),
    "layer count": lambda k: k.layers.Dense(2).count_params(),
    "layer call": lambda k: k.layers.Layer()(X2),
    "layer add_loss": lambda k: k.layers.Layer().add_loss("text"),
    "embedding sizes": lambda k: k.layers.Embedding(0, 2),
    "repeat float": lambda k: k.layers.RepeatVector(2.0),
    "repeat zero": lambda k: k.layers.RepeatVector(0),
    "repeat rank": lambda k: k.layers.RepeatVector(2)(X3),
    "reshape size": lambda k: k.layers.Reshape((5, 2))(X3),
    "reshape rest": lambda k: k.layers.Reshape((5, -1))(X3),
    "reshape two": lambda k: k.layers.Reshape((-1, -1)),
    "flatten format": lambda k: k.layers.Flatten("last"),
    "permute zero": lambda k: k.layers.Permute((0, 1)),
    "permute gap": lambda k: k.layers.Permute((1, 3)),
    "permute rank": lambda k: k.layers.Permute((2, 1))(X2),
    "add shapes": lambda k: k.layers.Add()([X3, np.ones((2, 5, 3), np.float32)]),
    "add batch": lambda k: k.layers.Add()([X2, np.ones((3, 3), np.float32)]),
    "subtract three": lambda k: k.layers.Subtract()([X2, X2, X2]),
    "concatenate shapes": lambda k: k.layers.Concatenate()([X3, np.ones((2, 5, 3), np.float32)]),
    "concatenate ranks": lambda k: k.layers.Concatenate()([X3, X2]),
    "concatenate one": lambda k: k.layers.Concatenate()(X2),
    "merge mask": lambda k: k.layers.Add().compute_mask([X2, X2], X2),
    "merge mask length": lambda k: k.layers.Add().compute_mask([X2, X2], [None]),
    "dot axes text": lambda k: k.layers.Dot(axes="a"),
    "dot axes three": lambda k: k.layers.Dot(axes=(1, 2, 3)),
    "dot axes none": lambda k: k.layers.Dot(axes=(1, None)),
    "dot lengths": lambda k: k.layers.Dot(axes=1)([X3, np.ones((2, 5, 3), np.float32)]),
    "dot three": lambda k: k.layers.Dot(axes=1)([X2, X2, X2]),
    "dot batch axis": lambda k: k.layers.Dot(axes=0)([X2, X2]),
    "relu max": lambda k: k.layers.ReLU(max_value=-1.0),
    "relu slope": lambda k: k.layers.ReLU(negative_slope=-1.0),
    "relu threshold": lambda k: k.layers.ReLU(threshold=None),
    "leaky slope": lambda k: k.layers.LeakyReLU(-1.0),
    "softmax mask": lambda k: k.layers.Softmax()(X2, mask=_bools(k, (2, 4))),
    "dropout rate": lambda k: k.layers.Dropout(1.5),
    "noise stddev": lambda k: k.layers.GaussianNoise(-0.1),
    "gaussian rate": lambda k: k.layers.GaussianDropout(2.0),
    "alpha rate": lambda k: k.layers.AlphaDropout(-1.0),
    "spatial rank": lambda k: k.layers.SpatialDropout1D(0.5)(X2),
    "unit axis": lambda k: k.layers.UnitNormalization(axis="last"),
    "layer norm axis": lambda k: k.layers.LayerNormalization(axis="last"),
    "batch norm axis": lambda k: k.layers.BatchNormalization(axis=5).compute_output_shape((2, 3)),
    "batch norm mask": lambda k: k.layers.BatchNormalization()(X3, mask=_bools(k, (2,))),
    "batch norm synchronized": lambda k: k.layers.BatchNormalization(synchronized=True),
    "conv filters": lambda k: k.layers.Conv1D(0, 2),
    "conv kernel": lambda k: k.layers.Conv1D(2, 0),
    "conv kernel pair": lambda k: k.layers.Conv1D(2, (1, 2)),
    "conv strides": lambda k: k.layers.Conv1D(2, 2, strides=0),
    "conv strides text": lambda k: k.layers.Conv1D(2, 2, strides="a"),
    "conv dilation": lambda k: k.layers.Conv1D(2, 2, strides=2, dilation_rate=2),
    "conv padding": lambda k: k.layers.Conv1D(2, 2, padding="full"),
    "conv groups": lambda k: k.layers.Conv1D(3, 2, groups=2),
    "conv groups zero": lambda k: k.layers.Conv1D(3, 2, groups=0),
    "conv channels": lambda k: k.layers.Conv1D(4, 2, groups=2)(X3),
    "conv length": lambda k: k.layers.Conv1D(2, 9)(X3),
    "conv rank": lambda k: k.layers.Conv1D(2, 2)(X2),
    "conv format": lambda k: k.layers.Conv1D(2, 2, data_format="a"),
    "pool size": lambda k: k.layers.MaxPooling1D(0),
    "pool rank": lambda k: k.layers.MaxPooling1D(2)(X2),
    "average text": lambda k: k.layers.AveragePooling1D("a"),
    "global rank": lambda k: k.layers.GlobalAveragePooling1D()(X2),
    "padding negative": lambda k: k.layers.ZeroPadding1D(-1),
    "padding three": lambda k: k.layers.ZeroPadding1D((1, 2, 3)),
    "cropping all": lambda k: k.layers.Cropping1D((2, 2))(X3),
    "cropping text": lambda k: k.layers.Cropping1D("a"),
    "sampling float": lambda k: k.layers.UpSampling1D(1.5),
    "sampling zero": lambda k: k.layers.UpSampling1D(0),
    "attention mode": lambda k: k.layers.Attention(score_mode="sum"),
    "attention one": lambda k: k.layers.Attention()([X3]),
    "attention array": lambda k: k.layers.Attention()(X3),
    "attention mask": lambda k: k.layers.Attention()([X3, X3], mask=_bools(k, (2, 4))),
    "heads zero": lambda k: k.layers.MultiHeadAttention(0, 2),
    "heads dim": lambda k: k.layers.MultiHeadAttention(2, 0),
    "heads value dim": lambda k: k.layers.MultiHeadAttention(2, 2, value_dim=-1),
    "heads shape": lambda k: k.layers.MultiHeadAttention(2, 2, output_shape=1.5),
    "heads axes": lambda k: k.layers.MultiHeadAttention(2, 2, attention_axes="a"),
    "heads window": lambda k: k.layers.MultiHeadAttention(2, 2, sliding_window=0),
    "heads lengths": lambda k: k.layers.MultiHeadAttention(2, 2)(X3, X3, X3[:, :2]),
    "lstm units": lambda k: k.layers.LSTM(0),
    "lstm rank": lambda k: k.layers.LSTM(2)(X2),
    "lstm argument": lambda k: k.layers.LSTM(2, time_major=True),
    "lstm stateful": lambda k: k.layers.LSTM(2, stateful=True)(k.Input((4, 3))),
    "lstm batch": lambda k: _twice(k.layers.LSTM(2, stateful=True), X3, X3[:1]),
    "cell units": lambda k: k.layers.GRUCell(-1),
    "rnn cell": lambda k: k.layers.RNN(object()),
    "rnn no size": lambda k: k.layers.RNN(k.layers.Dense(2)),
    "stacked cells": lambda k: k.layers.StackedRNNCells([object()]),
    "both layer": lambda k: k.layers.Bidirectional("lstm"),
    "both mode": lambda k: k.layers.Bidirectional(k.layers.LSTM(2), merge_mode="max"),
    "both backwards": lambda k: k.layers.Bidirectional(k.layers.LSTM(2, go_backwards=True)),
    "both backward text": lambda k: k.layers.Bidirectional(k.layers.LSTM(2), backward_layer="a"),
    "both directions": lambda k: k.layers.Bidirectional(
        k.layers.LSTM(2), backward_layer=k.layers.LSTM(2)
    ),
    "both sequences": lambda k: k.layers.Bidirectional(
        k.layers.LSTM(2),
        backward_layer=k.layers.LSTM(2, go_backwards=True, return_sequences=True),
    ),
    "both reset": lambda k: k.layers.Bidirectional(k.layers.LSTM(2)).reset_state(),
    "each layer": lambda k: k.layers.TimeDistributed("dense"),
    "each rank": lambda k: k.layers.TimeDistributed(k.layers.Dense(2))(X2),
    "each mask": lambda k: k.layers.TimeDistributed(k.layers.Dense(2))(X3, mask=_bools(k, (2, 3))),
    "wrapper": lambda k: k.layers.Wrapper("dense"),
    "normalization mean": lambda k: k.layers.Normalization(mean=1.0),
    "normalization shapes": lambda k: k.layers.Normalization(mean=[1.0], variance=1.0),
    "normalization axis": lambda k: k.layers.Normalization(axis=7)(X2),
    "encoding tokens": lambda k: k.layers.CategoryEncoding(),
    "encoding zero": lambda k: k.layers.CategoryEncoding(0),
    "encoding mode": lambda k: k.layers.CategoryEncoding(3, output_mode="a"),
    "input none": lambda k: k.Input(),
    "input both": lambda k: k.Input((3,), batch_shape=(2, 3)),
    "config argument": lambda k: k.layers.Dense.from_config({"nothing": 1}),
    "config class": lambda k: k.layers.deserialize({"class_name": "Nothing", "config": {}}),
    "model arrays": lambda k: k.Model(X2, X2),
    "model disconnected": lambda k: k.Model(k.Input((3,)), k.layers.Dense(1)(k.Input((3,)))),
    "model names": lambda k: _same_names(k),
    "model shape": lambda k: _model(k)(np.ones((2, 9), np.float32)),
    "model predict shape": lambda k: _model(k).predict(np.ones((2, 9), np.float32), verbose=0),
    "model layer": lambda k: _model(k).get_layer("nobody"),
    "model layer index": lambda k: _model(k).get_layer(index=9),
    "model fit": lambda k: _model(k).fit(X2, X2, verbose=0),
    "model clone": lambda k: k.models.clone_model(
        k.Sequential([k.layers.Dense(1)]), call_function=print
    ),
    "sequential class": lambda k: k.Sequential([k.layers.Dense]),
    "sequential names": lambda k: k.Sequential([
        k.layers.Dense(1, name="a"), k.layers.Dense(1, name="a")
    ]),
    "sequential pop": lambda k: k.Sequential().pop(),
    "sequential config": lambda k: k.Sequential.from_config({}),
    "json class": lambda k: k.models.model_from_json(
        '{"module": "somewhere", "class_name": "Nothing", "config": {}}'
    ),
}  # fmt: skip


def _built(layer: Any) -> Any:
    layer.build((None, 3))
    return layer


def _twice(layer: Any, one: Any, other: Any) -> Any:
    layer(one)
    return layer(other)


def _bools(k: ModuleType, shape: tuple[int, ...]) -> Any:
    return k.ops.ones(shape, dtype="bool")


def _model(k: ModuleType) -> Any:
    x = k.Input((3,))
    return k.Model(x, k.layers.Dense(1)(x))


def _same_names(k: ModuleType) -> Any:
    x = k.Input((3,))
    return k.Model(x, k.layers.Dense(1, name="a")(k.layers.Dense(1, name="a")(x)))


def _error(call: Callable[[ModuleType], Any], package: ModuleType) -> BaseException | None:
    try:
        call(package)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore")
def test_error_class(name: str) -> None:
    wanted, got = _error(CALLS[name], keras), _error(CALLS[name], tidegate)
    assert wanted is not None, "Keras raises nothing: not a bad call"
    assert isinstance(got, type(wanted)), (repr(got), repr(wanted))
    assert str(got)
