"""Graphs as dictionaries and back; equality with Keras' is in the parity tests."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import Input, Model, layers, models, ops
from tidegate.errors import NotOfferedError
from tidegate.layers import Dense, Layer


class Scale(Layer):
    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor


class Two(Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = Dense(units)

    def call(self, inputs):
        return self.inner(inputs)


def graph():
    x = Input((4,), name="x")
    shared = Dense(4, name="shared")
    y = Scale(2.0, name="scale")(shared(shared(x)))
    return Model(x, {"a": y[:, 0], "b": y + 1.0}, name="graph")


def test_round_trip_with_shared_layers_operations_and_a_class_of_ones_own():
    model = graph()
    text = model.to_json()
    with pytest.raises(TypeError, match="unknown layer"):
        models.model_from_json(text)
    again = models.model_from_json(text, {"Scale": Scale})
    again.set_weights(model.get_weights())
    x = np.ones((2, 4), np.float32)
    one, other = model.predict(x, verbose=0), again.predict(x, verbose=0)
    assert one.keys() == other.keys()
    for key in one:
        np.testing.assert_array_equal(one[key], other[key])
    assert again.to_json() == text
    assert [len(layer._inbound_nodes) for layer in again.layers] == [1, 2, 1]


def test_a_model_of_part_of_a_graph_starts_with_an_input_of_its_own():
    model = graph()
    hidden = model.get_layer("shared")._inbound_nodes[0].outputs
    tail = Model(hidden, model.get_layer("scale")(hidden))
    again = Model.from_config(tail.get_config(), {"Scale": Scale})
    assert again.input_shape == (None, 4)
    clone = models.clone_model(tail)
    assert clone.input_shape == (None, 4)


def test_subclasses_are_made_from_their_arguments():
    model = Two(5, name="two")
    assert model.get_config()["units"] == 5
    again = Two.from_config(model.get_config())
    assert again.units == 5
    with pytest.raises(NotImplementedError, match="must write get_config"):
        Two(np.int64(3)).get_config()


def test_frozen_models_stay_frozen():
    model = graph()
    model.trainable = False
    assert Model.from_config(model.get_config(), {"Scale": Scale}).trainable_weights == []


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda c: c["output_layers"].__setitem__(0, "nobody"), "unknown layer or call"),
        (lambda c: c["output_layers"].__setitem__(1, 9), "unknown layer or call"),
        (
            lambda c: c["layers"][1]["inbound_nodes"][0]["args"][0]["config"].update(
                keras_history=["d", 0, 0]
            ),
            "runs in a circle",
        ),
        (
            lambda c: c["layers"][1].update(module="keras.src.ops.numpy", class_name="Exec"),
            "unknown operation",
        ),
    ],
)
def test_broken_configurations(change, match):
    x = Input((4,), name="x")
    config = Model(x, Dense(2, name="d")(x)).get_config()
    change(config)
    with pytest.raises(ValueError, match=match):
        Model.from_config(config)


def test_an_unknown_class_is_no_code_to_look_for():
    x = Input((4,), name="x")
    config = Model(x, Dense(2, name="d")(x)).get_config()
    config["layers"][1].update(class_name="Popen", module="subprocess")
    with pytest.raises(TypeError, match="unknown layer"):
        Model.from_config(config)


def test_an_operation_that_cannot_be_written_says_so():
    x = Input((4,))
    model = Model(x, ops.pad(x, ((0, 0), (1, 1))))
    with pytest.raises(NotOfferedError, match="the operation 'pad' outside of a layer"):
        model.get_config()


def test_sequential():
    model = layers.deserialize(layers.serialize(models.Sequential([Input((3,)), Dense(2)])))
    assert model.output_shape == (None, 2)
    with pytest.raises(ValueError, match="must have name and layers"):
        models.Sequential.from_config({})
