"""Models under the policy mixed_bfloat16: fit, evaluate, predict, and what stays float32."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate import config, ops
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Input, LayerNormalization
from tidegate.losses import BinaryCrossentropy, MeanSquaredError
from tidegate.models import Model, Sequential

RNG = np.random.default_rng(4)
IDS = RNG.integers(1, 20, (40, 6)).astype("int32")
LABELS = (IDS.sum(axis=1) > 60).astype("float32")


@pytest.fixture(autouse=True)
def _mixed():
    config.set_dtype_policy("mixed_bfloat16")
    yield
    tidegate.utils.clear_session()


def model_of(**last):
    tidegate.utils.set_random_seed(1)
    model = Sequential(
        [
            Input((6,)),
            Embedding(20, 4, mask_zero=True),
            Bidirectional(GRU(4, return_sequences=True)),
            LayerNormalization(),
            LSTM(4),
            Dense(1, "sigmoid", **last),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def test_fit_keeps_weights_and_optimizer_in_float32():
    model = model_of()
    history = model.fit(IDS, LABELS, epochs=8, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert {w.dtype for w in model.weights} == {"float32"}
    slots = model.optimizer.variables[2:]
    assert {slot.dtype for slot in slots} == {"float32"}
    # Steps smaller than bfloat16 could hold are not lost.
    assert any(np.any(w != w_rounded) for w, w_rounded in _with_rounded(model.get_weights()))


def _with_rounded(weights):
    from tidegate.bfloat16 import rounded

    return [(w, rounded(w)) for w in weights]


def test_predict_gives_float32_arrays_of_bfloat16_values():
    model = model_of()
    y = model.predict(IDS, verbose=0)
    assert y.dtype == np.float32
    assert model.outputs[0].dtype == model(IDS).dtype == "bfloat16"
    np.testing.assert_array_equal(_with_rounded([y])[0][1], y)
    np.testing.assert_array_equal(model.predict_on_batch(IDS), model(IDS).numpy())


def test_a_float32_last_layer():
    model = model_of(dtype="float32")
    y = model.predict(IDS, verbose=0)
    assert model.outputs[0].dtype == model(IDS).dtype == "float32"
    assert np.any(_with_rounded([y])[0][1] != y)
    model.fit(IDS, LABELS, verbose=0)


def test_evaluate_and_single_batches():
    model = model_of()
    loss, accuracy = model.evaluate(IDS, LABELS, verbose=0)
    p = np.clip(model.predict(IDS, verbose=0)[:, 0], 1e-7, 1 - 1e-7)
    expected = -np.mean(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))
    assert loss == pytest.approx(expected, rel=1e-5)
    assert accuracy == pytest.approx(np.mean((p > 0.5) == LABELS))
    assert model.train_on_batch(IDS, LABELS)[0] == pytest.approx(loss, rel=1e-5)
    assert model.test_on_batch(IDS, LABELS, sample_weight=LABELS)[0] > 0


def test_float_inputs_reach_the_first_layer_rounded_once():
    x = RNG.normal(size=(4, 5, 3))
    first = LSTM(4)
    model = Sequential([Input((5, 3)), first])
    assert model.inputs[0].dtype == "float32"
    np.testing.assert_array_equal(model(x).numpy(), first(ops.cast(x, "bfloat16")).numpy())


def test_a_model_that_its_data_builds():
    model = Sequential([Dense(2)])
    assert model.predict(np.ones((2, 3)), verbose=0).dtype == np.float32
    assert model.inputs[0].dtype == "bfloat16"


def test_a_functional_graph_with_operations():
    x = Input((6, 3))
    y = ops.concatenate([GRU(4)(x), LSTM(4)(x)], axis=-1)
    y = ops.tanh(y * 0.5)
    model = Model(x, Dense(1, dtype="float32")(y))
    assert y.dtype == "bfloat16"
    model.compile("sgd", "mse")
    data = RNG.normal(size=(8, 6, 3)).astype("f4")
    history = model.fit(data, data.sum(axis=(1, 2)), epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_a_subclass():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.rnn, self.last = GRU(4), Dense(1)

        def call(self, inputs):
            return self.last(self.rnn(inputs))

    model = Own()
    model.compile("adam", "mse")
    data = RNG.normal(size=(8, 6, 3)).astype("f4")
    model.fit(data, np.ones((8, 1)), verbose=0)
    assert model(data).dtype == "bfloat16"


def test_the_same_seed_gives_the_same_bits():
    results = []
    for _ in range(2):
        model = model_of()
        model.fit(IDS, LABELS, epochs=2, verbose=0)
        results.append(model.get_weights())
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("loss", [MeanSquaredError(), BinaryCrossentropy(from_logits=True)])
def test_losses_are_computed_in_float32(loss):
    p = ops.cast([[0.3], [0.7]], "bfloat16")
    value = loss([[0.0], [1.0]], p)
    assert value.dtype == "float32"
    assert value.numpy() == loss([[0.0], [1.0]], p.numpy()).numpy()


def test_losses_and_metrics_take_a_policy():
    policy = tidegate.DTypePolicy("mixed_bfloat16")
    assert MeanSquaredError(dtype=policy).dtype == "bfloat16"
    assert MeanSquaredError().dtype == tidegate.metrics.Mean().dtype == "float32"
    assert tidegate.metrics.Mean(dtype=tidegate.DTypePolicy("float64")).dtype == "float64"
    with pytest.raises(ValueError, match="DTypePolicy"):
        MeanSquaredError(dtype="float33")


def test_a_loss_with_a_dtype_of_its_own():
    value = MeanSquaredError(dtype="bfloat16")([[0.0]], ops.cast([[0.3]], "bfloat16"))
    assert value.dtype == "bfloat16"


def test_weights_go_to_a_float32_model_and_back(tmp_path):
    model = model_of()
    model.save_weights(tmp_path / "w.weights.safetensors")
    config.set_dtype_policy("float32")
    other = model_of()
    other.load_weights(tmp_path / "w.weights.safetensors")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    difference = model.predict(IDS, verbose=0) - other.predict(IDS, verbose=0)
    assert 0 < np.abs(difference).max() < 0.02


def test_the_stream_computes_in_float32():
    model = Sequential([Input((None, 3)), GRU(4), Dense(2)])
    config.set_dtype_policy("float32")
    wide = Sequential([Input((None, 3)), GRU(4), Dense(2)])
    wide.set_weights(model.get_weights())
    x = RNG.normal(size=(1, 3)).astype("f4")
    np.testing.assert_array_equal(model.stream().step(x), wide.stream().step(x))


def test_explain_says_the_dtype():
    found = tidegate.explain(model_of(), IDS)
    dtypes = {entry["op"]: entry["compute_dtype"] for entry in found["ops"]}
    assert dtypes["lstm"] == dtypes["gru"] == dtypes["dense"] == "bfloat16"
    assert found["compute_dtype"] == found["products"] == "bfloat16"
