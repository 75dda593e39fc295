"""clone_model, model_from_json, deepcopy, pickle."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from tidegate import GradientTape, Input, Model, Sequential, layers, ops
from tidegate.layers import LSTM, Dense, Dropout
from tidegate.models import clone_model

X = np.random.default_rng(0).normal(size=(8, 5, 3)).astype("f4")
Y = X[:, -1, :1]


def stack():
    model = Sequential([Input((5, 3)), LSTM(4), Dropout(0.3, seed=1), Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_a_clone_has_weights_of_its_own_and_is_compiled_alike():
    model = stack()
    clone = clone_model(model)
    assert clone.compiled
    assert type(clone.optimizer) is type(model.optimizer)
    assert clone.optimizer is not model.optimizer
    assert clone.layers[0] is not model.layers[0]
    clone.fit(X, Y, verbose=0)
    assert clone.name == model.name


def test_arguments():
    x = Input((3,), name="x")
    inner = Sequential([Input((3,)), Dense(3, name="d")], name="inner")
    model = Model(x, inner(Dense(3, name="e")(x)))
    seen = []

    def keep(layer):
        seen.append(layer.name)
        return layer

    clone_model(model, clone_function=keep)
    assert seen == ["e", "inner"]
    seen.clear()
    clone_model(model, clone_function=keep, recursive=True)
    assert seen == ["e", "d"]
    called = []
    clone_model(
        model, call_function=lambda layer, *args: (called.append(layer.name), layer(*args))[1]
    )
    assert called == ["e", "inner"]
    other = Input((3,), name="other")
    assert clone_model(model, input_tensors=other).inputs[0] is other
    with pytest.raises(ValueError, match="functional models alone"):
        clone_model(stack(), call_function=print)
    with pytest.raises(ValueError, match="must be symbolic tensors"):
        clone_model(model, input_tensors=np.ones(3))


def test_a_deep_copy_trains_on_by_itself():
    model = stack()
    model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    twin = copy.deepcopy(model)
    before = model.get_weights()
    a = twin.fit(X, Y, epochs=2, verbose=0, shuffle=False).history["loss"]
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    # The optimizer's state and the generator of the dropout were copied too.
    b = model.fit(X, Y, epochs=2, verbose=0, shuffle=False).history["loss"]
    assert a == b
    for one, other in zip(twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_deep_copies_of_layers():
    frozen = layers.BatchNormalization()
    frozen(X)
    twin = copy.deepcopy(frozen)
    assert [v.name for v in twin.non_trainable_weights] == ["moving_mean", "moving_variance"]
    twin.trainable = False
    twin.trainable = True
    assert len(twin.trainable_weights) == 2
    assert twin.gamma is not frozen.gamma
    kept = layers.LSTM(2, stateful=True)
    kept(X)
    assert copy.deepcopy(kept).states[0] is not kept.states[0]


def test_a_pickle_trains_on_by_itself():
    """Failed once: packed weights, frames and locks could not be pickled."""
    model = stack()
    model.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        twin.predict(X, verbose=0).view("u4"), model.predict(X, verbose=0).view("u4")
    )
    before = model.get_weights()
    a = twin.fit(X, Y, epochs=2, verbose=0, shuffle=False).history["loss"]
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert a == model.fit(X, Y, epochs=2, verbose=0, shuffle=False).history["loss"]
    for one, other in zip(twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_gradients_of_a_pickled_model_are_its_own():
    """Its variables once had the keys of the first model's: one got the gradients of both."""
    model = Sequential([Input((3,)), Dense(1, kernel_initializer="ones")])
    twin = pickle.loads(pickle.dumps(model))
    x = np.ones((2, 3), "float32")
    with GradientTape() as tape:
        loss = ops.sum(model(x)) + ops.sum(twin(x) * 10.0)
    found = tape.gradient(loss, [*model.trainable_weights, *twin.trainable_weights])
    assert [float(g.numpy().ravel()[0]) for g in found] == [2.0, 2.0, 20.0, 20.0]


def test_a_graph_with_operations_is_pickled():
    x = Input((5, 3))
    y = ops.mean(ops.tanh(LSTM(4)(x)) * 2.0 + x[:, -1, :1], axis=-1, keepdims=True)
    model = Model(x, y)
    expected = model.predict(X, verbose=0)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict(X, verbose=0), expected)
    assert twin.inputs[0] is not model.inputs[0]


def test_a_pickle_is_read_in_another_process(tmp_path):
    model = stack()
    model.fit(X, Y, epochs=1, verbose=0)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    np.save(tmp_path / "x.npy", X)
    program = """
import pickle, numpy
model = pickle.load(open("model.pickle", "rb"))
x = numpy.load("x.npy")
numpy.save("y.npy", model.predict(x, verbose=0))
model.fit(x, x[:, 0, :1], verbose=0)
"""
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.predict(X, verbose=0))


def test_compile_config():
    model = stack()
    config = model.get_compile_config()
    assert (config["loss"], config["metrics"]) == ("mse", ["mae"])
    assert config["optimizer"]["class_name"] == "Adam"
    assert Sequential([Dense(1)]).get_compile_config() == {}
    other = Sequential([Input((5, 3)), LSTM(4), Dense(1)])
    other.compile_from_config(config)
    assert other.optimizer.built
