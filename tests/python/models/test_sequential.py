"""Sequential: adding, building late, errors."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import LSTM, Dense, Embedding, Input, InputLayer
from tidegate.models import Sequential

X = np.random.default_rng(0).normal(size=(4, 3)).astype("f4")


def test_built_by_an_input_by_data_or_by_build():
    early = Sequential([Input((3,)), Dense(2)])
    assert early.built
    assert early.output_shape == (None, 2)
    late = Sequential()
    late.add(Dense(2))
    assert not late.built
    late(X)
    assert late.built
    by_shape = Sequential([Dense(2)])
    by_shape.build((None, 3))
    assert by_shape.input_shape == late.input_shape == (None, 3)
    by_layer = Sequential([InputLayer(shape=(3,)), Dense(2)])
    assert [layer.name for layer in by_layer.layers] == [by_layer.layers[0].name]


def test_input_shape_of_older_tutorials():
    with pytest.warns(UserWarning, match="input_shape"):
        model = Sequential([LSTM(2, input_shape=(5, 3)), Dense(1)])
    assert model.input_shape == (None, 5, 3)


def test_layers_one_after_the_other_with_masks():
    model = Sequential([Embedding(5, 3, mask_zero=True), LSTM(2), Dense(1)])
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    y = model(ids).numpy()
    embedding, lstm, dense = model.layers
    x = embedding(ids).numpy()
    np.testing.assert_allclose(
        y[:1], dense(lstm(np.ascontiguousarray(x[:1, :2]))).numpy(), atol=1e-6
    )


def test_explicit_mask():
    model = Sequential([Input((4, 3)), LSTM(2)])
    x = np.random.default_rng(1).normal(size=(1, 4, 3)).astype("f4")
    y = model(x, mask=np.array([[True, True, False, False]])).numpy()
    np.testing.assert_allclose(y, model.layers[0](x[:, :2]).numpy(), atol=1e-6)


def test_add_and_pop():
    model = Sequential([Input((3,)), Dense(2), Dense(1)])
    top = model.pop()
    assert model.output_shape == (None, 2)
    model.add(top)
    assert model.output_shape == (None, 1)
    assert len(model.layers) == 2
    model.pop()
    model.pop()
    with pytest.raises(IndexError, match="no layer left"):
        model.pop()


def test_weights_and_paths():
    model = Sequential([Input((3,)), Dense(2, name="d")], name="s")
    assert [v.path for v in model.weights] == ["s/d/kernel", "s/d/bias"]
    model.layers[0].trainable = False
    assert model.trainable_weights == []


def test_config_goes_round():
    model = Sequential([Input((5,)), Embedding(9, 4), LSTM(3), Dense(1)], name="net")
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again.output_shape == (None, 1)
    late = Sequential.from_config(Sequential([Dense(1)]).get_config())
    assert not late.built


def test_inside_another():
    inner = Sequential([Dense(2)])
    outer = Sequential([Input((3,)), inner, Dense(1)])
    assert outer(X).shape == (4, 1)
    assert inner.built


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Sequential(Dense(1)), "layers must be a list"),
        (lambda: Sequential([Dense]), r"only layers can be added.*an instance"),
        (lambda: Sequential([Dense(1, name="a"), Dense(1, name="a")]), "unique names"),
        (lambda: Sequential([Dense(1), Input((3,))]), "it comes first"),
        (lambda: Sequential().build((None, 3)), "without layers cannot be built"),
        (lambda: Sequential([Input((3,)), Dense(1)]).build((None, 4)), "has the input shape"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
