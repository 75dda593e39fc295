"""Graphs of symbolic calls: order, sharing, errors."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import LSTM, Concatenate, Dense, Input
from tidegate.models import Model, load_model
from tidegate.models.graph import Graph

X = np.random.default_rng(0).normal(size=(4, 3)).astype("f4")


def test_layers_by_depth_then_first_visit():
    a, b = Input((3,), name="a"), Input((3,), name="b")
    deep = Dense(2, name="d2")(Dense(2, name="d1")(a))
    joined = Concatenate(name="c")([Dense(2, name="e")(b), deep])
    graph = Graph([a, b], joined)
    # Keras sorts by the distance to the outputs, then by the order of a depth-first walk.
    assert [layer.name for layer in graph.layers] == ["a", "b", "d1", "e", "d2", "c"]


def test_operators_and_ops_are_nodes():
    x = Input((3,))
    model = Model(x, ops.exp(x * 2.0) + Dense(3, use_bias=False, kernel_initializer="ones")(x))
    expected = np.exp(X * 2) + X.sum(1, keepdims=True)
    np.testing.assert_allclose(model(X).numpy(), expected, rtol=1e-5)


def test_a_shared_layer_has_its_weights_once():
    dense = Dense(3)
    x = Input((3,))
    model = Model(x, dense(dense(x)))
    assert len(model.weights) == 2
    np.testing.assert_allclose(model(X).numpy(), dense(dense(X)).numpy(), rtol=1e-6)


def test_nested_structures():
    a, b = Input((3,)), Input((3,))
    model = Model({"p": a, "q": [b]}, [{"s": a + b}, (a * b,)])
    first, second = model({"p": X, "q": [X]})
    np.testing.assert_allclose(first["s"].numpy(), 2 * X)
    np.testing.assert_allclose(second[0].numpy(), X * X)


@pytest.mark.parametrize("kind", [list, tuple])
def test_one_output_comes_out_of_its_list(kind, tmp_path):
    x = Input((3,))
    model = Model(kind([x]), kind([Dense(2)(x)]))
    want = X @ model.get_weights()[0]
    path = str(tmp_path / "m.keras")
    model.save(path)
    for one in (model, load_model(path)):
        for given in (X, [X], (X,)):
            assert one(given).shape == (4, 2)
            np.testing.assert_allclose(one.predict(given, verbose=0), want, rtol=1e-5)
        assert (one.input_shape, one.output_shape) == ((None, 3), (None, 2))
    # Keras keeps the list where the model is called in another graph.
    (symbol,) = model(x)
    np.testing.assert_array_equal(Model(x, symbol)(X).numpy(), model(X).numpy())
    model.compile("sgd", "mse")
    for y in (want, [want]):
        assert model.fit(X, y, verbose=0).history["loss"][0] < 1e-9
    assert model.train_on_batch(X, want) < 1e-9


def test_only_the_outer_list_of_one_output_goes():
    x = Input((3,))
    assert [y.shape for y in Model(x, [[x * 2.0]])(X)] == [(4, 3)]
    assert Model(x, {"y": x * 2.0})(X)["y"].shape == (4, 3)
    assert len(Model(x, [x, x * 2.0])(X)) == 2


def test_states_in_keyword_arguments():
    x = Input((5, 3))
    _, h, c = LSTM(4, return_state=True)(x)
    model = Model(x, LSTM(4)(x, initial_state=[h, c]))
    data = np.random.default_rng(1).normal(size=(2, 5, 3)).astype("f4")
    first, second = model.layers[1], model.layers[2]
    _, h, c = first(data)
    np.testing.assert_array_equal(model(data).numpy(), second(data, initial_state=[h, c]).numpy())


def test_from_the_middle_of_another_graph():
    x = Input((3,))
    h = Dense(4)(x)
    y = Dense(2)(h)
    tail = Model(h, y)
    assert len(tail.weights) == 2
    head = Model(x, h)
    np.testing.assert_array_equal(tail(head(X)).numpy(), Model(x, y)(X).numpy())


def test_long_chains():
    x = y = Input((3,))
    for _ in range(3000):
        y = y + 1.0
    np.testing.assert_allclose(Model(x, y)(np.zeros((1, 3))).numpy(), 3000.0)


def test_values_are_let_go_after_their_last_use():
    x = Input((3,))
    graph = Graph(x, (x + 1.0) * 2.0)
    assert [step.done for step in graph._steps] == [[0], [1]]


def test_errors():
    x, z = Input((3,)), Input((3,))
    with pytest.raises(ValueError, match="the graph is disconnected"):
        Model(x, Dense(1)(x + z))
    with pytest.raises(ValueError, match="all inputs must be symbolic"):
        Model(X, x)
    with pytest.raises(ValueError, match="all outputs must be symbolic"):
        Model(x, Dense(1))
    with pytest.raises(ValueError, match=r"unique names. Received: \['same'\]"):
        Model(x, Dense(1, name="same")(Dense(1, name="same")(x)))
