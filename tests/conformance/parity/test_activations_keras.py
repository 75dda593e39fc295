"""Every activation of Keras: values, gradients, arguments, names."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import torch
from sampling import draw, same_error, seeds

import tidegate

ACTIVATIONS = {
    "celu": {"alpha": (0.5, 2.0)}, "elu": {"alpha": (0.5, 2.0)}, "exponential": {},
    "gelu": {"approximate": (True, False)}, "glu": {"axis": (0, -1)},
    "hard_shrink": {"threshold": (0.2,)}, "hard_sigmoid": {}, "hard_silu": {}, "hard_swish": {},
    "hard_tanh": {}, "leaky_relu": {"negative_slope": (0.1,)}, "linear": {}, "log_sigmoid": {},
    "log_softmax": {"axis": (0, -1)}, "mish": {},
    "relu": {"negative_slope": (0.1,), "max_value": (0.6, None), "threshold": (0.2,)},
    "relu6": {}, "selu": {}, "sigmoid": {}, "silu": {}, "soft_shrink": {"threshold": (0.2,)},
    "softmax": {"axis": (0, -1)}, "softplus": {}, "softsign": {}, "sparse_plus": {},
    "sparse_sigmoid": {}, "sparsemax": {"axis": (0, -1)}, "squareplus": {"b": (1.0,)}, "swish": {},
    "tanh": {}, "tanh_shrink": {}, "threshold": {},
}  # fmt: skip
NEEDED = {"threshold": {"threshold": 0.1, "default_value": -0.3}}
OTHERS = {"get", "serialize", "deserialize"}


def test_every_activation_is_compared():
    names = {n for n in dir(keras.activations) if n[0] != "_"}
    assert {n for n in names if callable(getattr(keras.activations, n))} == {*ACTIVATIONS, *OTHERS}


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_arguments(name):
    found = []
    for module in (tidegate, keras):
        parameters = inspect.signature(getattr(module.activations, name)).parameters.values()
        found.append([(p.name, p.default) for p in parameters])
    assert found[0][1:] == found[1][1:]
    assert tidegate.activations.get(name) is getattr(tidegate.activations, name)
    assert tidegate.activations.serialize(getattr(tidegate.activations, name)) == (
        keras.activations.serialize(getattr(keras.activations, name))
    )


# Keras' rows do not add up to 1: see test_sparsemax.
@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"sparsemax"}))
@seeds(fast=3, everything=20)
def test_values_and_gradients(name, seed):
    rng = np.random.default_rng(seed)
    chosen = draw(rng, ACTIVATIONS[name]) | NEEDED.get(name, {})
    x = (rng.normal(size=(4, 6)) * 2).astype("float32")
    mine, their = tidegate.convert_to_tensor(x), torch.tensor(x, requires_grad=True)
    with tidegate.GradientTape() as tape:
        tape.watch(mine)
        y = getattr(tidegate.activations, name)(mine, **chosen)
        weights = np.arange(1, y.size + 1, dtype="float32").reshape(y.shape)
        total = tidegate.ops.sum(y * weights)
    expected = getattr(keras.activations, name)(their, **chosen)
    torch.sum(expected * torch.tensor(weights)).backward()
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        tape.gradient(total, mine).numpy(), their.grad.numpy(), rtol=1e-4, atol=2e-5
    )


def test_sparsemax_of_keras_is_no_distribution():
    """If this fails, Keras is mended: compare it above like the others."""
    x = torch.tensor(np.random.default_rng(0).normal(size=(4, 6)) * 2)
    sums = keras.activations.sparsemax(x).sum(-1)
    assert not torch.allclose(sums, torch.ones_like(sums))


@pytest.mark.parametrize("identifier", ["tan", 3])
def test_bad_identifiers(identifier):
    same_error(
        lambda: tidegate.activations.get(identifier), lambda: keras.activations.get(identifier)
    )
