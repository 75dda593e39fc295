"""Activations: values against their formulas, names, and what the kernels know."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tidegate import GradientTape, activations, ops
from tidegate.tensor import convert_to_tensor

X = np.array([-30.0, -4.0, -1.5, -0.1, 0.0, 0.1, 1.5, 4.0, 7.0, 30.0])


def each(function):
    return np.array([function(float(x)) for x in X])


def erf_gelu(x):
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def logistic(x):
    return 1 / (1 + math.exp(-x))


VALUES = {
    "linear": X,
    "relu": np.maximum(X, 0),
    "relu6": np.clip(X, 0, 6),
    "leaky_relu": np.where(X > 0, X, 0.2 * X),
    "elu": each(lambda x: x if x > 0 else math.expm1(x)),
    "selu": 1.05070098735548 * each(lambda x: x if x > 0 else 1.67326324235438 * math.expm1(x)),
    "gelu": each(erf_gelu),
    "silu": each(lambda x: x * logistic(x)),
    "swish": each(lambda x: x * logistic(x)),
    "mish": each(lambda x: x * math.tanh(math.log1p(math.exp(x)))),
    "softplus": each(lambda x: math.log1p(math.exp(x))),
    "softsign": each(lambda x: x / (1 + abs(x))),
    "tanh": each(math.tanh),
    "sigmoid": each(logistic),
    "hard_sigmoid": np.clip(X / 6 + 0.5, 0, 1),
    "hard_silu": X * np.clip(X / 6 + 0.5, 0, 1),
    "hard_tanh": np.clip(X, -1, 1),
    "exponential": each(math.exp),
    "log_sigmoid": each(lambda x: -math.log1p(math.exp(-x))),
    "softmax": np.exp(X) / np.exp(X).sum(),
    "log_softmax": X - math.log(np.exp(X).sum()),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values(name, dtype):
    x = convert_to_tensor(X, dtype)
    y = activations.get(name)(x)
    assert y.dtype == dtype
    tolerance = 1e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(y.numpy(), VALUES[name], rtol=tolerance, atol=tolerance)


def test_extremes():
    x = np.array([-np.inf, -1e4, 1e4, np.inf], "f4")
    np.testing.assert_array_equal(ops.sigmoid(x).numpy(), [0, 0, 1, 1])
    np.testing.assert_array_equal(ops.tanh(x).numpy(), [-1, -1, 1, 1])
    np.testing.assert_array_equal(ops.softplus(x).numpy(), [0, 0, 1e4, np.inf])
    np.testing.assert_array_equal(ops.elu(x).numpy(), [-1, -1, 1e4, np.inf])
    np.testing.assert_array_equal(ops.softmax(x[1:3]).numpy(), [0, 1])
    for name in ("sigmoid", "tanh", "relu", "softplus", "gelu", "erf"):
        assert np.isnan(getattr(ops, name)(np.array([np.nan], "f4")).numpy()).all(), name


def test_one_value_does_not_depend_on_its_neighbours():
    """The bits of an element are the same alone and in an array: batches do not matter."""
    x = np.linspace(-9, 9, 67, dtype="f4")
    for name in ("tanh", "sigmoid", "exp", "hard_sigmoid", "softplus", "elu", "erf"):
        function = getattr(ops, name)
        alone = np.array([function(x[i : i + 1]).numpy()[0] for i in range(x.size)])
        np.testing.assert_array_equal(function(x).numpy(), alone, err_msg=name)


def test_relu_with_its_arguments():
    x = [-2.0, 0.5, 1.5, 9.0]
    np.testing.assert_allclose(activations.relu(x, negative_slope=0.1).numpy(), [-0.2, 0.5, 1.5, 9])
    np.testing.assert_allclose(activations.relu(x, max_value=6).numpy(), [0, 0.5, 1.5, 6])
    np.testing.assert_allclose(activations.relu(x, threshold=1.0).numpy(), [0, 0, 1.5, 9])
    np.testing.assert_allclose(
        activations.relu(x, 0.1, 6.0, 1.0).numpy(), [-0.3, -0.05, 1.5, 6], rtol=1e-6
    )


def test_get():
    assert activations.get(None) is activations.linear
    assert activations.get(activations.tanh) is activations.tanh
    assert activations.get("swish") is activations.silu
    assert activations.get(activations.serialize(activations.gelu)) is activations.gelu
    with pytest.raises(ValueError, match=r"\[activations.get\].*'tan'.*Hint:.*tanh"):
        activations.get("tan")
    with pytest.raises(ValueError, match=r"\[activations.get\]"):
        activations.get(3)


def test_sparsemax():
    """The nearest point of the simplex: t from halving an interval, slopes from differences."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(5, 6)) * 2
    low, high = x.min(-1, keepdims=True) - 1, x.max(-1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        above = np.maximum(x - middle, 0).sum(-1, keepdims=True) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    expected = np.maximum(x - low, 0)
    tensor = convert_to_tensor(x)
    with GradientTape() as tape:
        tape.watch(tensor)
        total = ops.sum(activations.sparsemax(tensor) * np.arange(6.0))
    np.testing.assert_allclose(activations.sparsemax(x).numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(activations.sparsemax(x.T, axis=0).numpy(), expected.T, atol=1e-12)
    step = np.zeros_like(x)
    step[2, np.argmax(expected[2])] = 1e-6
    up, down = (
        float(ops.sum(activations.sparsemax(x + sign * step) * np.arange(6.0))) for sign in (1, -1)
    )
    found = tape.gradient(total, tensor).numpy()[step > 0]
    np.testing.assert_allclose(found, (up - down) / 2e-6, rtol=1e-6, atol=1e-8)


def test_names_of_keras():
    assert activations.swish is activations.silu
    assert activations.hard_swish is activations.hard_silu


def test_serialize():
    for name in VALUES:
        if name != "swish":
            assert activations.serialize(activations.get(name)) == name
    assert activations.serialize(ops.relu) == "relu"

    def mine(x):
        return x

    config = activations.serialize(mine)
    assert (config["class_name"], config["config"]) == ("function", "mine")
    assert activations.deserialize(config, {"mine": mine}) is mine
    with pytest.raises(ValueError, match="mine"):
        activations.deserialize(config)
    with pytest.raises(ValueError, match="only functions"):
        activations.serialize(3)


@pytest.mark.parametrize(
    ("activation", "name"),
    [
        ("tanh", "tanh"),
        (activations.relu, "relu"),
        (ops.relu, "relu"),
        (None, "linear"),
        ("hard_sigmoid", "hard_sigmoid"),
        ("softmax", None),
        (lambda x: x, None),
    ],
)
def test_kernel_name(activation, name):
    assert activations.kernel_name(activation) == name


def test_the_kernels_and_the_ops_agree_to_the_bit():
    x = convert_to_tensor(np.random.default_rng(0).normal(size=(7, 5)).astype("f4"))
    eye = np.eye(5, dtype="f4")
    for name in ("tanh", "sigmoid", "relu", "hard_sigmoid"):
        fused = ops.dense(x, eye, activation=name).numpy()
        np.testing.assert_array_equal(fused, getattr(ops, name)(x).numpy(), err_msg=name)
