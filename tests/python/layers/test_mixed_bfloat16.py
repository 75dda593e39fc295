"""Layers under the policy mixed_bfloat16: what is cast, what is rounded, what stays float32."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import DTypePolicy, GradientTape, Variable, dtype_policies, ops
from tidegate.bfloat16 import rounded
from tidegate.layers import (
    GRU,
    LSTM,
    Activation,
    Bidirectional,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Input,
    Layer,
    LayerNormalization,
    Masking,
    SimpleRNN,
    TimeDistributed,
)
from tidegate.layers.registry import deserialize, serialize
from tidegate.models import Model, Sequential
from tidegate.scopes import STATE

MIXED = "mixed_bfloat16"
X = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("f4")
IDS = np.array([[1, 2, 3, 0, 0], [4, 5, 6, 7, 8]], "int32")

LAYERS = {
    "Activation": (lambda dtype: Activation("gelu", dtype=dtype), X),
    "Bidirectional": (lambda dtype: Bidirectional(LSTM(4, dtype=dtype), dtype=dtype), X),
    "Bidirectional sum": (
        lambda dtype: Bidirectional(
            GRU(4, return_sequences=True, dtype=dtype), merge_mode="sum", dtype=dtype
        ),
        X,
    ),
    "Dense": (lambda dtype: Dense(4, "tanh", dtype=dtype), X),
    "Dense softmax": (lambda dtype: Dense(4, "softmax", dtype=dtype), X),
    "Dropout": (lambda dtype: Dropout(0.5, seed=1, dtype=dtype), X),
    "Embedding": (lambda dtype: Embedding(10, 4, mask_zero=True, dtype=dtype), IDS),
    "GRU": (lambda dtype: GRU(4, return_sequences=True, dtype=dtype), X),
    "GRU before": (lambda dtype: GRU(4, reset_after=False, dropout=0.3, seed=1, dtype=dtype), X),
    "LSTM": (lambda dtype: LSTM(4, recurrent_dropout=0.3, seed=1, dtype=dtype), X),
    "LayerNormalization": (lambda dtype: LayerNormalization(dtype=dtype), X),
    "Masking": (lambda dtype: Masking(dtype=dtype), X),
    "SimpleRNN": (lambda dtype: SimpleRNN(4, dtype=dtype), X),
    "TimeDistributed": (lambda dtype: TimeDistributed(Dense(4, dtype=dtype), dtype=dtype), X),
}
by_layer = pytest.mark.parametrize("name", LAYERS)


@pytest.fixture(autouse=True)
def _no_global_policy():
    yield
    dtype_policies.reset()
    assert STATE.autocast is None


@by_layer
@pytest.mark.parametrize("training", [False, True])
def test_dtypes_and_values(name, training):
    make, x = LAYERS[name]
    layer, reference = make(MIXED), make("float32")
    for built in (layer, reference):
        built.build(x.shape)
    reference.set_weights(layer.get_weights())
    y, expected = layer(x, training=training), reference(x, training=training)
    assert (layer.compute_dtype, layer.variable_dtype, layer.dtype) == ("bfloat16",) + (
        "float32",
    ) * 2
    assert layer.input_dtype == "bfloat16"
    assert y.dtype == "bfloat16"
    assert all(weight.dtype == "float32" for weight in layer.weights)
    error = np.linalg.norm(y.numpy() - expected.numpy()) / np.linalg.norm(expected.numpy())
    assert 0 < error < 0.02
    assert (y.mask is None) == (expected.mask is None)


@by_layer
def test_gradients_reach_the_float32_weights(name):
    make, x = LAYERS[name]
    layer, reference = make(MIXED), make("float32")
    for built in (layer, reference):
        built.build(x.shape)
    if not layer.weights:
        assert name in ("Activation", "Dropout", "Masking")
        return
    reference.set_weights(layer.get_weights())
    found = []
    for built in (layer, reference):
        with GradientTape() as tape:
            loss = ops.sum(ops.square(ops.cast(built(x), "float32")))
        found.append(tape.gradient(loss, built.trainable_weights))
    for got, expected in zip(*found, strict=True):
        assert got.dtype == "float32"
        error = np.linalg.norm(got.numpy() - expected.numpy())
        assert error < 0.05 * np.linalg.norm(expected.numpy())


@by_layer
def test_symbolic_calls_and_configurations(name):
    make, x = LAYERS[name]
    layer = make(MIXED)
    y = layer(Input(x.shape[1:], dtype=x.dtype.name))
    assert y.dtype == "bfloat16"
    assert tuple(y.shape[1:]) == layer(x).shape[1:]
    again = deserialize(serialize(layer))
    assert again.dtype_policy == DTypePolicy(MIXED)
    assert serialize(layer)["config"]["dtype"] == {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": MIXED},
        "registered_name": None,
    }


@pytest.mark.parametrize(
    "dtype", [MIXED, DTypePolicy(MIXED), {"class_name": "DTypePolicy", "config": {"name": MIXED}}]
)
def test_ways_to_give_a_policy(dtype):
    assert Dense(2, dtype=dtype).dtype_policy == DTypePolicy(MIXED)


def test_the_policy_can_be_set():
    layer = Dense(2)
    assert layer(X).dtype == "float32"
    layer.dtype_policy = MIXED
    assert layer(X).dtype == "bfloat16"
    layer.dtype_policy = DTypePolicy("float32")
    assert layer(X).dtype == "float32"
    assert layer.quantization_mode is None


def test_float_inputs_are_cast_and_integers_not():
    seen = []

    class Probe(Layer):
        def call(self, inputs, other=None):
            seen.append((inputs.dtype, other.dtype))
            return inputs

    Probe(dtype=MIXED)(X, other=IDS)
    Probe(dtype=MIXED)(ops.cast(X, "float64"), other=ops.cast(X, "bfloat16"))
    Probe(dtype=MIXED, autocast=False)(X, other=IDS)
    assert seen == [("bfloat16", "int32"), ("bfloat16", "bfloat16"), ("float32", "int32")]


class Scale(Layer):
    """Weights used by operations, one made by the layer and one by hand."""

    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), initializer="ones", name="scale")
        self.shift = Variable(np.full(input_shape[-1], 1.001, "f4"), name="shift")
        self.exact = self.add_weight((), initializer="zeros", autocast=False, name="exact")

    def call(self, inputs):
        self.seen = (self.scale.dtype, self.shift.dtype, self.exact.dtype)
        return inputs * self.scale + self.shift


def test_variables_count_as_bfloat16_in_a_layer_alone():
    layer = Scale(dtype=MIXED)
    y = layer(np.float32([[1.001, 2.0]]))
    assert layer.seen == ("bfloat16", "bfloat16", "float32")
    assert y.dtype == "bfloat16"
    np.testing.assert_array_equal(y.numpy(), [[2.0, 3.0]])
    assert layer.scale.dtype == layer.shift.dtype == "float32"
    assert Scale()(np.float32([[1.001]])).dtype == "float32"
    assert Scale(dtype=MIXED)(Input((2,))).dtype == "bfloat16"


def test_a_float32_layer_inside_sees_its_weights_as_they_are():
    class Outer(Layer):
        def __init__(self, **keywords):
            super().__init__(**keywords)
            self.inner, self.exact = Scale(dtype=MIXED), Scale(dtype="float32")

        def call(self, inputs):
            return self.inner(inputs), self.exact(inputs), self.exact(ops.ones((1, 2)))

    outer = Outer(dtype=MIXED)
    a, b, c = outer(np.float32([[1.001, 2.0]]))
    assert (a.dtype, b.dtype, c.dtype) == ("bfloat16", "float32", "float32")
    assert outer.exact.seen == ("float32",) * 3
    np.testing.assert_array_equal(b.numpy(), np.float32([[1, 2]]) + np.float32(1.001))


def test_an_error_in_a_call_leaves_the_scope():
    class Broken(Layer):
        def call(self, inputs):
            raise KeyError("here")

    with pytest.raises(KeyError):
        Broken(dtype=MIXED)(X)
    assert STATE.autocast is None


def test_states_are_given_in_the_compute_dtype_and_kept_in_float32():
    layer = LSTM(4, return_sequences=True, return_state=True, dtype=MIXED)
    assert [y.dtype for y in layer(X)] == ["bfloat16"] * 3
    assert layer.get_initial_state(2)[0].dtype == "bfloat16"
    steady = LSTM(4, stateful=True, dtype=MIXED)
    first = steady(X)
    assert [state.dtype for state in steady.states] == ["float32"] * 2
    np.testing.assert_array_equal(steady.states[0].numpy(), first.numpy())
    assert not np.array_equal(steady(X).numpy(), first.numpy())
    given = [np.ones((2, 4), "f4")] * 2
    assert layer(X, initial_state=given)[0].dtype == "bfloat16"


def test_bidirectional_around_a_layer_of_another_policy():
    outer = Bidirectional(LSTM(4, dtype=MIXED), dtype="float32")
    inner = Bidirectional(LSTM(4, dtype="float32"), dtype=MIXED)
    same = Bidirectional(LSTM(4, dtype=MIXED), dtype=MIXED)
    plain = Bidirectional(LSTM(4, dtype="float32"))
    for layer in (same, outer, inner, plain):
        layer.build(X.shape)
        layer.set_weights(same.get_weights())
    assert outer(X).dtype == "float32"
    np.testing.assert_array_equal(outer(X).numpy(), same(X).numpy())
    assert inner(X).dtype == "bfloat16"
    np.testing.assert_array_equal(inner(X).numpy(), rounded(plain(rounded(X)).numpy()))


def test_masks_go_on():
    model = Sequential(
        [Embedding(10, 4, mask_zero=True, dtype=MIXED), LSTM(4, return_sequences=True, dtype=MIXED)]
    )
    y = model(IDS)
    assert y.mask.values.tolist() == (IDS != 0).tolist()


def test_concatenate_of_both_dtypes():
    a, b = Input((3,)), Input((3,))
    y = Concatenate(dtype=MIXED)([Dense(2, dtype=MIXED)(a), Dense(2, dtype="float32")(b)])
    assert y.dtype == "bfloat16"
    assert Model([a, b], y)([X[:, 0], X[:, 1]]).dtype == "bfloat16"


def test_layer_normalization_takes_means_of_the_input_as_it_comes():
    x = np.float32([[1.0, 1.001, 1.002]])
    y = LayerNormalization(epsilon=1e-7, dtype=MIXED)(x)
    expected = LayerNormalization(epsilon=1e-7)(x)
    np.testing.assert_array_equal(y.numpy(), rounded(expected.numpy()))


def test_embedding_inside_a_model():
    dtype_policies.set_dtype_policy(MIXED)
    ids = Input((5,), dtype="int32")
    assert Model(ids, Embedding(10, 4)(ids))(IDS).dtype == "bfloat16"


def test_embedding_of_many_ids():
    """Numbers above 256 are no bfloat16: ids must not pass through it."""
    model = Sequential([Embedding(2000, 2, dtype=MIXED)])
    ids = np.array([[257, 1999]])
    y = model.predict(ids, verbose=0)
    table = model.layers[0].embeddings.numpy()
    np.testing.assert_array_equal(y, rounded(table)[ids])
