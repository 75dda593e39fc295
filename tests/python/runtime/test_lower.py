"""`lower`: what it makes of each layer, and how it refuses what a stream cannot run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import layers, ops
from tidegate.errors import NotOfferedError
from tidegate.layers import GRU, LSTM, Activation, Dense, Dropout, Embedding, Input, TimeDistributed
from tidegate.models import Model, Sequential
from tidegate.runtime import lower

from .streams import functional, of_layers


def kinds(model: Any) -> list[tuple[str, str, int, int]]:
    return [
        (o.kind, o.name, o.input_size, o.output_size)
        for o in lower(model).operations
        if o.kind != "input"
    ]


def test_each_layer() -> None:
    model = Sequential(
        [
            Input((None,)),
            Embedding(7, 5, name="words"),
            GRU(4, return_sequences=True, reset_after=False, recurrent_activation="relu", name="g"),
            Dropout(0.5),
            LSTM(3, use_bias=False, name="l"),
            Dense(6, activation="softmax", name="d"),
            Activation("linear"),
            Activation("hard_sigmoid", name="a"),
        ]
    )
    assert kinds(model) == [
        ("embedding", "words", 7, 5),
        ("gru", "g", 5, 4),
        ("lstm", "l", 4, 3),
        ("dense", "d", 3, 6),
        ("activation", "a", 6, 6),
    ]
    ids, words, gru, lstm, dense, last = lower(model).operations
    assert (ids.ids, ids.sequence, ids.output_size) == (True, True, 1)
    assert [operation.reads for operation in lower(model).operations[1:]] == [
        (0,),
        (1,),
        (2,),
        (3,),
        (4,),
    ]
    assert (gru.activation, gru.recurrent_activation, gru.reset_after) == ("tanh", "relu", False)
    assert (dense.activation, last.activation) == ("softmax", "hard_sigmoid")
    assert list(words.weights) == ["embeddings"]
    assert list(gru.weights) == ["kernel", "recurrent_kernel", "bias"]
    assert list(lstm.weights) == ["kernel", "recurrent_kernel"]
    assert (words.states, gru.states, lstm.states) == ({}, {"h": (4,)}, {"h": (3,), "c": (3,)})


def test_weights_are_a_read_only_snapshot() -> None:
    model = of_layers(LSTM(3))
    graph = lower(model)
    weights = graph.operations[1].weights
    before = weights["kernel"].copy()
    model.set_weights([w * 0 for w in model.get_weights()])
    np.testing.assert_array_equal(weights["kernel"], before)
    with pytest.raises(ValueError, match="read-only"):
        weights["kernel"][0] = 1
    assert weights["kernel"].dtype == np.float32


def test_a_functional_chain_with_a_model_inside() -> None:
    assert [kind for kind, *_ in kinds(functional())] == ["lstm", "gru", "dense", "activation"]


def test_a_model_without_time_and_one_layer_used_twice() -> None:
    shared = Dense(3)
    x = Input((3,))
    model = Model(x, shared(shared(x)))
    values = np.ones((2, 3), np.float32)
    session = lower(model).session(2)
    assert session.step(values).tobytes() == model.predict(values, verbose=0).tobytes()


def test_another_dtype_names_the_layer() -> None:
    layer = GRU(2, dtype="float64", name="bad", return_sequences=True)
    model = Sequential([Input((None, 5), dtype="float64"), layer])
    with pytest.raises(
        ValueError, match=r"^\[lower\] layer 'bad'.* dtype float32.* Received: float64"
    ):
        lower(model)


def not_offered() -> dict[str, Any]:
    x = Input((None, 5), name="x")
    steps = Input((7, 5))
    y, _ = GRU(2, return_state=True, name="bad")(x)
    last = LSTM(5)(x)
    conv = {"kernel_size": 3, "name": "bad"}
    return {
        "type UnitNormalization": of_layers(layers.UnitNormalization(name="bad")),
        "activation 'gelu'": of_layers(Dense(2, activation="gelu", name="bad")),
        "activation 'mish'": of_layers(Activation("mish", name="bad")),
        "max_value=6": of_layers(layers.ReLU(max_value=6, name="bad")),
        "several outputs": Model(x, y),
        "joins a sequence": Model(x, layers.Add(name="bad")([x, last])),
        "scale of shape [7, 1]": Model(steps, layers.Rescaling(np.ones((7, 1)), name="bad")(steps)),
        "with axis=1": Model(x, layers.Concatenate(axis=1, name="bad")([x, x])),
        "axis=[1, 2]": Model(steps, layers.LayerNormalization(axis=[1, 2], name="bad")(steps)),
        "axis=1": Model(steps, layers.BatchNormalization(axis=1, name="bad")(steps)),
        "axis=(1, 2)": Model(steps, layers.Softmax(axis=(1, 2), name="bad")(steps)),
        "from [7, 5] to [35]": Model(steps, layers.Flatten(name="bad")(steps)),
        "from [7, 5] to [5, 7]": Model(steps, layers.Permute((2, 1), name="bad")(steps)),
        "from [5] to [3, 5]": Model(x, layers.RepeatVector(3, name="bad")(last)),
        "around a StackedRNNCells": of_layers(layers.RNN([layers.LSTMCell(2)], name="bad")),
        "around a UnitNormalization": of_layers(
            TimeDistributed(layers.UnitNormalization(), name="bad")
        ),
        "data_format='channels_first'": Model(
            steps, layers.Conv1D(2, data_format="channels_first", **conv)(steps)
        ),
        "called on 2 tensors": Model(x, GRU(5, name="bad")(x, initial_state=last)),
        "'exp', which is no layer": Model(x, ops.exp(LSTM(2)(x)), name="bad"),
        "'multiply', which is no layer": Model(x, LSTM(2)(x) * 2.0, name="bad"),
        "'add', which is no layer": Model(x, x + last, name="bad"),
    }


@pytest.mark.parametrize("what", list(not_offered()))
def test_what_is_not_offered_says_so(what: str) -> None:
    with pytest.raises(NotOfferedError, match=r"^\[lower\] ") as error:
        lower(not_offered()[what])
    assert what in str(error.value)
    assert "'bad'" in str(error.value) or "is no layer" in what


def test_dropout_that_is_always_on() -> None:
    x = Input((None, 5))
    with pytest.raises(ValueError, match="'always' must not be called with training=True"):
        lower(Model(x, Dropout(0.5, name="always")(x, training=True)))


def test_a_subclass_may_compute_anything() -> None:
    class Mine(LSTM):
        pass

    with pytest.raises(NotOfferedError, match="layer 'mine' of type Mine"):
        lower(of_layers(Mine(2, name="mine")))


def test_a_model_that_is_not_built() -> None:
    with pytest.raises(ValueError, match=r"^\[lower\] the model must be built.*Hint: put an Input"):
        lower(Sequential([LSTM(2)]))


class OwnCall(Model):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.dense = Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


def test_a_model_with_a_call_of_its_own(tmp_path) -> None:
    model = OwnCall(name="own")
    model(np.zeros((1, 3)))
    rule = (
        r"^\[lower\] streaming and export need a Sequential or functional model\. Received: 'own', "
        r"whose class OwnCall writes its own call\. Hint: .*set_weights\(model\.get_weights\(\)\)"
    )
    x = Input((3,))
    for use in (
        lambda: model.stream(),
        lambda: model.export(tmp_path / "m.tide"),
        lambda: model.export(tmp_path / "m.c"),
        lambda: lower(Model(x, OwnCall(name="own")(x))),
        lambda: lower(OwnCall(x, Dense(3)(x), name="own")),
    ):
        with pytest.raises(ValueError, match=rule):
            use()


def test_an_input_that_is_no_sequence_of_rows() -> None:
    with pytest.raises(ValueError, match=r"^\[lower\] the input must be \[B, T, I\]"):
        lower(Sequential([Input((2, 3, 5)), Dense(2)]))


def test_a_model_that_computes_nothing() -> None:
    with pytest.raises(ValueError, match="must have a layer that computes"):
        lower(of_layers(Dropout(0.2)))


@pytest.mark.parametrize("value", [None, 3, LSTM(2)])
def test_what_is_no_model(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^\[lower\] model must be a Model"):
        lower(value)


def test_a_cell_in_rnn_is_its_layer_and_noise_is_nothing():
    x = np.random.default_rng(0).normal(size=(1, 6, 3)).astype("f4")
    for cell in (layers.LSTMCell(4), layers.GRUCell(4), layers.SimpleRNNCell(4)):
        model = Sequential([
            layers.Input((None, 3)), layers.GaussianNoise(0.3), layers.SpatialDropout1D(0.3),
            layers.RNN(cell, return_sequences=True), layers.Identity(), layers.Dense(2),
        ])  # fmt: skip
        stream = model.stream()
        steps = np.stack([stream.step(x[:, t]) for t in range(6)], axis=1)
        np.testing.assert_allclose(steps, model.predict(x, verbose=0), atol=1e-6)
