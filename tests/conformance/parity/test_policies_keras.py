"""Dtype policies beside Keras 3.15.1: names, configurations, dtypes of every layer, values.

Values differ: Keras rounds after every step of an operation, tidegate once at its end. Both stay
within a few roundings (2^-8) of float32.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
from recurrent_cases import relative
from small_models import RECIPES, compiled, data

import tidegate

PACKAGES = (tidegate, keras)
MIXED = "mixed_bfloat16"
SERIES = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
IDS = np.array([[1, 2, 3, 0, 0], [4, 5, 6, 7, 8]], np.int32)

LAYERS: dict[str, Any] = {
    "Activation": (lambda k: k.layers.Activation("tanh"), SERIES),
    "Bidirectional": (lambda k: k.layers.Bidirectional(k.layers.LSTM(4)), SERIES),
    "Bidirectional sum": (
        lambda k: k.layers.Bidirectional(k.layers.GRU(4, return_sequences=True), merge_mode="sum"),
        SERIES,
    ),
    "Dense": (lambda k: k.layers.Dense(4, "tanh"), SERIES),
    "Dense float32": (lambda k: k.layers.Dense(4, "softmax", dtype="float32"), SERIES),
    "Dropout": (lambda k: k.layers.Dropout(0.5), SERIES),
    "Embedding": (lambda k: k.layers.Embedding(10, 4, mask_zero=True), IDS),
    "GRU": (lambda k: k.layers.GRU(4), SERIES),
    "GRU before": (lambda k: k.layers.GRU(4, reset_after=False), SERIES),
    "LSTM": (lambda k: k.layers.LSTM(4, return_sequences=True, return_state=True), SERIES),
    "LSTM steady": (lambda k: k.layers.LSTM(4, stateful=True), SERIES),
    "LayerNormalization": (lambda k: k.layers.LayerNormalization(), SERIES),
    "Masking": (lambda k: k.layers.Masking(), SERIES),
    "SimpleRNN": (lambda k: k.layers.SimpleRNN(4), SERIES),
    "TimeDistributed": (lambda k: k.layers.TimeDistributed(k.layers.Dense(4)), SERIES),
}


@pytest.fixture(autouse=True)
def _no_global_policy():
    yield
    for package in PACKAGES:
        package.config.set_dtype_policy("float32")
        package.utils.clear_session()


def dtype_name(x: Any) -> str:
    return str(x.dtype).removeprefix("torch.")


def built(package: ModuleType, name: str) -> tuple[Any, Any]:
    """The layer under the global policy, and what it gives."""
    package.config.set_dtype_policy(MIXED)
    make, x = LAYERS[name]
    layer = make(package)
    return layer, layer(x)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer(name: str) -> None:
    """dtypes of layer, weights, states and outputs, the dtype in the configuration, the values."""
    facts = []
    for package in PACKAGES:
        layer, y = built(package, name)
        outputs = list(y) if isinstance(y, (tuple, list)) else [y]
        states = layer.states if name == "LSTM steady" else []
        facts.append({
            "policy": repr(layer.dtype_policy),
            "dtypes": (layer.dtype, layer.variable_dtype, layer.compute_dtype, layer.input_dtype),
            "autocast": layer.autocast,
            "weights": [w.dtype for w in layer.weights],
            "states": [s.dtype for s in states],
            "outputs": [dtype_name(y) for y in outputs],
            "config": layer.get_config()["dtype"],
        })  # fmt: skip
    assert facts[0] == facts[1]


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "LSTM steady"])
def test_values_of_every_layer(name: str) -> None:
    layers = [built(package, name)[0] for package in PACKAGES]
    layers[0].set_weights(layers[1].get_weights())
    x = LAYERS[name][1]
    ours, theirs = (layer(x) for layer in layers)
    pairs = zip(ours, theirs) if isinstance(ours, (tuple, list)) else [(ours, theirs)]
    for one, other in pairs:
        assert relative(one.numpy(), other.detach().float().numpy()) < 0.02


@pytest.mark.parametrize("name", ["float32", "float64", MIXED, "int32"])
def test_policies(name: str) -> None:
    ours, theirs = (package.DTypePolicy(name) for package in PACKAGES)
    for attribute in ("name", "compute_dtype", "variable_dtype", "quantization_mode"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert repr(ours) == repr(theirs)
    assert ours.get_config() == theirs.get_config()
    assert tidegate.dtype_policies.serialize(ours) == keras.dtype_policies.serialize(theirs)
    again = tidegate.dtype_policies.deserialize(keras.dtype_policies.serialize(theirs))
    assert again == ours


@pytest.mark.parametrize("bad", ["mixed_float32", "x", 3, 1.5])
@pytest.mark.parametrize("function", ["DTypePolicy", "dtype_policies.get", "set"])
def test_error_classes(bad: Any, function: str) -> None:
    errors = []
    for package in PACKAGES:
        call = {
            "DTypePolicy": package.DTypePolicy,
            "dtype_policies.get": package.dtype_policies.get,
            "set": package.config.set_dtype_policy,
        }[function]
        with pytest.raises(Exception) as caught:
            call(bad)
        errors.append(caught.type)
    assert errors[0] is errors[1]


@pytest.mark.parametrize("module", ["mixed_precision", "dtype_policies"])
def test_public_names(module: str) -> None:
    """Each is there, or says that it is not there yet."""
    ours = getattr(tidegate, module)
    names = {name for name in vars(getattr(keras, module)) if not name.startswith("_")}
    missing = {name for name in names if not hasattr(ours, name)}
    assert missing < names
    for name in missing:
        with pytest.raises(AttributeError, match=f"{name}.* that tidegate does not have yet"):
            getattr(ours, name)


def test_global_policy() -> None:
    for package in PACKAGES:
        assert package.config.dtype_policy().name == "float32"
        package.mixed_precision.set_global_policy(MIXED)
        assert package.mixed_precision.global_policy().name == MIXED
        assert package.layers.Dense(2).dtype_policy == package.DTypePolicy(MIXED)
        assert package.layers.Dense(2, dtype="float32").dtype_policy.name == "float32"
        with pytest.raises(ValueError, match="policy"):
            package.config.set_dtype_policy(None)
        package.utils.clear_session()
        assert package.config.dtype_policy().name == "float32"


class TestOperations:
    """Result dtypes of bfloat16 tensors with other things."""

    @pytest.mark.parametrize("other", [1, 1.5, True, "int32", "bool", "float32", "bfloat16"])
    @pytest.mark.parametrize("op", ["add", "multiply", "divide", "maximum", "power", "equal"])
    def test_binary(self, op: str, other: Any) -> None:
        found = []
        for package in PACKAGES:
            a = package.ops.ones((2,), dtype="bfloat16")
            b = package.ops.ones((2,), dtype=other) if isinstance(other, str) else other
            found.append(dtype_name(getattr(package.ops, op)(a, b)))
        assert found[0] == found[1]

    @pytest.mark.parametrize(
        "op",
        ["exp", "tanh", "relu", "softmax", "mean", "sum", "max", "argmax", "sqrt", "isnan",
         "logsumexp", "zeros_like", "square", "cumsum", "transpose", "var"],
    )  # fmt: skip
    def test_unary(self, op: str) -> None:
        found = []
        for package in PACKAGES:
            x = package.ops.convert_to_tensor([[0.25, 1.0]], dtype="bfloat16")
            found.append(dtype_name(getattr(package.ops, op)(x)))
        assert found[0] == found[1]

    def test_rounding(self) -> None:
        x = np.random.default_rng(1).normal(size=1000).astype(np.float32)
        ours, theirs = (package.ops.cast(x, "bfloat16") for package in PACKAGES)
        np.testing.assert_array_equal(ours.numpy(), theirs.float().numpy())

    def test_losses(self) -> None:
        found = []
        for package in PACKAGES:
            p = package.ops.convert_to_tensor([[0.25], [0.5]], dtype="bfloat16")
            y = package.ops.ones((2, 1))
            loss = package.losses.MeanSquaredError()(y, p)
            plain = package.losses.mean_squared_error(y, p)
            found.append((dtype_name(loss), float(loss), dtype_name(plain)))
        assert found[0] == found[1]


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_models(name: str) -> None:
    """Every small model under the policy: dtypes, losses of three epochs, weights afterwards."""
    for package in PACKAGES:
        package.config.set_dtype_policy(MIXED)
    keras.utils.set_random_seed(3)
    ours, theirs = compiled(tidegate, RECIPES[name]), compiled(keras, RECIPES[name])
    ours.set_weights(theirs.get_weights())
    d = data()
    x, y = RECIPES[name].x(d), RECIPES[name].y(d)
    assert [t.dtype for t in ours.inputs] == [t.dtype for t in theirs.inputs]
    assert [t.dtype for t in ours.outputs] == [t.dtype for t in theirs.outputs]
    mine, peers = (model.predict(x, verbose=0) for model in (ours, theirs))
    assert relative(mine, peers.astype(np.float32)) < 0.02
    # NumPy has no bfloat16: tidegate gives the values as float32.
    assert mine.dtype == np.float32
    assert str(peers.dtype) == "bfloat16"
    logs = [
        model.fit(x, y, epochs=3, shuffle=False, verbose=0).history["loss"]
        for model in (ours, theirs)
    ]
    np.testing.assert_allclose(*logs, rtol=0.02)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        assert a.dtype == b.dtype == "float32"
    slots = [[v.dtype for v in model.optimizer.variables[2:]] for model in (ours, theirs)]
    assert slots[0] == slots[1]
