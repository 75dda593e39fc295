"""Lambda: runs a function, writes names, reads no code."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, ops
from tidegate.layers import Input, Lambda
from tidegate.layers.registry import deserialize, serialize

X = np.ones((2, 3), np.float32)


def double(x):
    return x * 2


def test_arguments_training_mask_and_gradient():
    assert Lambda(lambda x, n: x * n, arguments={"n": 3})(X).numpy()[0, 0] == 3
    seen = Lambda(lambda x, training: x + (1.0 if training else 0.0))
    assert seen(X, training=True).numpy()[0, 0] == 2
    x = ops.convert_to_tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        y = Lambda(double)(x)
    assert tape.gradient(y, x).numpy()[0, 0] == 2


def test_shapes():
    assert Lambda(double)(Input((3,))).shape == (None, 3)
    assert Lambda(double, output_shape=(7,))(Input((3,))).shape == (None, 7)
    assert Lambda(double, output_shape=lambda s: s[:1])(Input((3,))).shape == (None,)


def test_configurations_hold_names_only():
    config = serialize(Lambda(double, name="twice"))
    assert config["config"]["function"]["config"] == "double"
    again = deserialize(config, {"double": double})
    assert again(X).numpy()[0, 0] == 2
    with pytest.raises(ValueError, match="a function of a configuration must be registered"):
        deserialize(config)
    with pytest.raises(ValueError, match="function must have a name"):
        Lambda(lambda x: x).get_config()
    stored = {"class_name": "__lambda__", "config": {"code": "4wAAAA=="}}
    config["config"]["function"] = stored
    with pytest.raises(ValueError, match="code in a configuration is never run"):
        deserialize(config)
