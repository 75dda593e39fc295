"""Model: shapes, layers, inputs, models inside models, threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import LSTM, Dense, Embedding, Input
from tidegate.models import Model, Sequential
from tidegate.saving import load_model
from tidegate.utils import clear_session

X = np.random.default_rng(0).normal(size=(4, 3)).astype("f4")


def small():
    x = Input((3,), name="x")
    return Model(x, Dense(2, name="d")(x))


def test_names_shapes_layers():
    clear_session()
    model = small()
    assert (model.name, small().name) == ("functional", "functional_1")
    assert (model.input_shape, model.output_shape) == ((None, 3), (None, 2))
    assert model.output_names == ["d"]
    assert [layer.name for layer in model.layers] == ["x", "d"]
    assert model.get_layer("d") is model.get_layer(index=1)
    assert model.input.name == "x"
    assert [t.shape for t in model.outputs] == [(None, 2)]
    with pytest.raises(ValueError, match="no layer 'e'"):
        model.get_layer("e")
    with pytest.raises(ValueError, match="give a name or an index"):
        model.get_layer()
    with pytest.raises(ValueError, match="there are 2 layers"):
        model.get_layer(index=2)


def test_inputs_as_tensor_list_or_dict():
    model = small()
    y = model(X).numpy()
    for inputs in ([X], {"x": X}, X.astype("f8")):
        np.testing.assert_array_equal(model(inputs).numpy(), y)
    with pytest.raises(ValueError, match=r"must have the keys \['x'\]"):
        model({"z": X})
    with pytest.raises(ValueError, match=r"the model has 1 input\(s\). Received: 2"):
        model([X, X])


def test_a_last_axis_of_one_is_added_or_dropped():
    column = Input((1,))
    model = Model(column, column * 2.0)
    assert model(np.ones(4)).shape == (4, 1)
    flat = Input((3,))
    assert Model(flat, flat * 2.0)(X[..., None]).shape == (4, 3)


def test_ids_stay_integers_for_embeddings_alone():
    ids = Input((5,))
    assert Model(ids, Embedding(9, 2)(ids))._input_kinds == ["int32"]
    assert Model(ids, [Embedding(9, 2)(ids), ids * 2.0])._input_kinds == ["float32"]
    inner = Sequential([Input((5,)), Embedding(9, 2)])
    assert Model(ids, inner(ids))._input_kinds == ["int32"]
    large = np.array([[2**24 + 1] * 5])
    with pytest.raises(IndexError, match=str(2**24 + 1)):
        inner(large)


def test_wrong_shape_names_input_and_hint():
    x = Input((10, 3), name="series")
    model = Model(x, LSTM(2)(x))
    with pytest.raises(ValueError, match=r"input 'series' must have shape \[None, 10, 3\].*Hint"):
        model(np.zeros((4, 10)))


def test_models_inside_models():
    inner = small()
    x = Input((3,))
    outer = Model(x, Dense(1)(inner(x)))
    assert len(outer.weights) == 4
    assert inner in outer.layers
    np.testing.assert_allclose(outer(X).numpy(), outer.layers[-1](inner(X)).numpy(), rtol=1e-6)
    assert inner.layers[1].output.shape == (None, 2)  # calls inside are not the user's


def test_a_subclass_is_built_by_its_first_call_or_by_build():
    class Mine(Model):
        def __init__(self):
            super().__init__(name="mine")
            self.dense = Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    model = Mine()
    model.build((None, 3))
    assert next(v.path for v in model.weights).startswith("mine/dense")
    assert Mine()(X).shape == (4, 2)
    with pytest.raises(AttributeError, match="needs a model with known inputs"):
        model.inputs  # noqa: B018
    with pytest.raises(NotImplementedError, match="must write call"):
        Model()(X)


class ByValue(Model):
    """A call that looks at values."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense, self.late = Dense(2), Dense(1)
        self.calls = 0

    def call(self, inputs):
        self.calls += 1
        h = self.dense(inputs)
        h = h * 2.0 if ops.mean(h) > 0 else h
        return self.late(h) * float(ops.convert_to_numpy(ops.stop_gradient(inputs)).max())


def test_data_build_a_subclass_in_one_call():
    model = ByValue()
    assert model(np.ones((4, 3))).shape == (4, 1)
    assert model.calls == 1
    assert model.built
    assert model.get_build_config() == {"input_shape": (4, 3)}
    assert model.weights[0].path == f"{model.name}/{model.dense.name}/kernel"


def test_a_subclass_that_looks_at_values_is_trained_built_and_nested(tmp_path):
    model = ByValue()
    model.build((None, 3))
    assert len(model.weights) == 4
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 3))
    losses = model.fit(x, np.ones((8, 1)), epochs=3, verbose=0).history["loss"]
    assert len(set(losses)) == 3
    inputs = Input((3,))
    around = Model(inputs, ByValue()(inputs))
    assert around.output_shape == (None, 1)
    model.save(tmp_path / "by_value.keras")
    same = load_model(tmp_path / "by_value.keras", custom_objects={"ByValue": ByValue})
    assert np.array_equal(same.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_subclass_of_two_arguments_is_built_by_both():
    class Two(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2)

        def call(self, a, b):
            return self.dense(a) + self.dense(b)

    model = Two()
    a, b = np.ones((4, 3)), np.zeros((4, 3))
    wanted = model(a, b).numpy()
    config = model.get_build_config()
    assert config == {"shapes_dict": {"a_shape": (4, 3), "b_shape": (4, 3)}}
    other = Two()
    other.build_from_config(config)
    other.set_weights(model.get_weights())
    assert np.array_equal(other(a, b).numpy(), wanted)


def test_a_subclass_given_inputs_and_outputs():
    class Named(Model):
        pass

    x = Input((3,))
    model = Named(inputs=x, outputs=Dense(2)(x), name="n")
    assert model(X).shape == (4, 2)
    with pytest.raises(ValueError, match="inputs and outputs go together"):
        Model(x)


def test_weights_in_and_out():
    a, b = small(), small()
    b.set_weights(a.get_weights())
    np.testing.assert_array_equal(a(X).numpy(), b(X).numpy())
    assert a.count_params() == 8


def test_predict_from_eight_threads_gives_the_bits_of_one():
    model = Sequential([Input((7, 3)), LSTM(5), Dense(2)])
    x = np.random.default_rng(1).normal(size=(64, 7, 3)).astype("f4")
    expected = model.predict(x, verbose=0).tobytes()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(model.predict(x, verbose=0).tobytes()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def test_a_row_has_the_same_bits_in_every_batch():
    model = Sequential([Input((7, 3)), LSTM(5), Dense(2)])
    x = np.random.default_rng(1).normal(size=(9, 7, 3)).astype("f4")
    whole = model.predict(x, verbose=0)
    for i in range(9):
        assert model.predict(x[i : i + 1], verbose=0).tobytes() == whole[i : i + 1].tobytes()


def test_what_keras_has_and_we_lack_is_named():
    with pytest.raises(NotImplementedError, match="is not offered by tidegate yet"):
        small().export("m")
