"""Objects of configurations as plain values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tidegate import activations, ops
from tidegate.layers import Dense
from tidegate.saving import deserialize_keras_object, serialize_keras_object
from tidegate.utils import register_keras_serializable


@register_keras_serializable("tests")
class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def get_config(self):
        return {"a": self.a, "b": self.b}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def back(value):
    return deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(value))))


def test_values():
    assert back({"a": [1, 2.5, "x", None, True], "b": {"c": b"y"}})["b"]["c"] == b"y"
    assert back(slice(1, None, 2)) == slice(1, None, 2)
    assert back(Ellipsis) is Ellipsis
    np.testing.assert_array_equal(back(np.arange(3)), [0, 1, 2])
    assert back(np.float32(0.5)) == 0.5
    np.testing.assert_array_equal(back(ops.ones((2,))).numpy(), [1, 1])


def test_objects_and_functions():
    pair = back(Pair(1, [2]))
    assert (type(pair), pair.a, pair.b) == (Pair, 1, [2])
    assert back(Dense(3)).units == 3
    assert back(activations.relu) is activations.relu
    assert serialize_keras_object(Pair(1, 2))["registered_name"] == "tests>Pair"


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: serialize_keras_object(lambda x: x), ValueError, "must have a name"),
        (lambda: serialize_keras_object(object()), TypeError, "must have get_config"),
        (lambda: deserialize_keras_object({"class_name": "__lambda__", "config": {}}), ValueError,
         "code in a configuration is never run"),
        (lambda: deserialize_keras_object({"class_name": "__typespec__", "config": {}}), ValueError,
         "unknown kind of value"),
        (lambda: deserialize_keras_object({"class_name": "function", "config": "system",
                                           "module": "os"}), ValueError, "must be registered"),
        (lambda: deserialize_keras_object({"class_name": "Popen", "config": {},
                                           "module": "keras.subprocess"}), TypeError,
         "neither a class of the library nor registered"),
        (lambda: deserialize_keras_object({"class_name": "Popen", "config": {},
                                           "module": "subprocess"}), TypeError, "unknown layer"),
    ],
)  # fmt: skip
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()
