"""Regularizers and constraints: values, configurations, and layers trained with them for steps."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import torch
from sampling import draw, same_error, seeds

import tidegate

REGULARIZERS = {
    "L1": {"l1": (0.5, 0.01)},
    "L2": {"l2": (0.5, 0.01)},
    "L1L2": {"l1": (0.5, 0.01, 0.0), "l2": (0.5, 0.0)},
    "OrthogonalRegularizer": {"factor": (0.5,), "mode": ("rows", "columns")},
}
CONSTRAINTS = {
    "MaxNorm": {"max_value": (0.5, 2), "axis": (0, 1, (0, 1))},
    "NonNeg": {},
    "UnitNorm": {"axis": (0, 1)},
    "MinMaxNorm": {"min_value": (0.2,), "max_value": (0.6,), "rate": (0.5,), "axis": (0, 1)},
}
KINDS = {
    "regularizers": (REGULARIZERS, "Regularizer"),
    "constraints": (CONSTRAINTS, "Constraint"),
}
NAMES = [(kind, name) for kind, (classes, _) in KINDS.items() for name in classes]


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_is_compared(kind):
    module = getattr(keras, kind)
    names = {n for n in dir(module) if not n.startswith("_")}
    classes = {getattr(module, n).__name__ for n in names if inspect.isclass(getattr(module, n))}
    assert classes == {*KINDS[kind][0], KINDS[kind][1]}
    assert names <= set(dir(getattr(tidegate, kind)))


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_signatures(kind, name):
    ours, theirs = (
        inspect.signature(getattr(getattr(module, kind), name)) for module in (tidegate, keras)
    )
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]


@pytest.mark.parametrize(("kind", "name"), NAMES)
@seeds(fast=4, everything=30)
def test_values_gradients_configurations(kind, name, seed):
    rng = np.random.default_rng(seed)
    chosen = draw(rng, KINDS[kind][0][name])
    ours = getattr(getattr(tidegate, kind), name)(**chosen)
    theirs = getattr(getattr(keras, kind), name)(**chosen)
    x = rng.normal(size=(4, 3)).astype("float32")
    mine, their = tidegate.convert_to_tensor(x), torch.tensor(x, requires_grad=True)
    with tidegate.GradientTape() as tape:
        tape.watch(mine)
        value = ours(mine)
    expected = theirs(their)
    np.testing.assert_allclose(value.numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    if kind == "regularizers" and value._key:
        expected.backward()
        gradient = tape.gradient(value, mine).numpy()
        np.testing.assert_allclose(gradient, their.grad.numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_equal(
        {k: np.float32(v) if isinstance(v, float) else v for k, v in ours.get_config().items()},
        {k: np.float32(v) if isinstance(v, float) else v for k, v in theirs.get_config().items()},
    )
    again = getattr(tidegate, kind).deserialize(getattr(tidegate, kind).serialize(ours))
    assert again.get_config() == ours.get_config()
    assert type(getattr(tidegate, kind).get(name)).__name__ == name


BAD = [
    ("L1", {"l1": -1.0}), ("L1", {"l1": "a"}), ("L2", {"l2": float("nan")}),
    ("L2", {"l2": float("inf")}), ("L1L2", {"l1": -0.1}), ("L1L2", {"l2": [1.0]}),
    ("OrthogonalRegularizer", {"factor": -1.0}), ("OrthogonalRegularizer", {"mode": "both"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bad"), BAD)
def test_bad_arguments(name, bad):
    same_error(
        lambda: getattr(tidegate.regularizers, name)(**bad),
        lambda: getattr(keras.regularizers, name)(**bad),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("identifier", ["nothing", 3])
def test_bad_identifiers(kind, identifier):
    same_error(
        lambda: getattr(tidegate, kind).get(identifier),
        lambda: getattr(keras, kind).get(identifier),
    )


def test_orthogonal_regularizer_takes_matrices():
    x = np.ones((2, 2, 2), "float32")
    same_error(
        lambda: tidegate.regularizers.OrthogonalRegularizer()(tidegate.convert_to_tensor(x)),
        lambda: keras.regularizers.OrthogonalRegularizer()(torch.tensor(x)),
    )


RULES = {
    "regularizer": ("l1", "l2", "L1L2", None),
    "constraint": ("max_norm", "non_neg", "unit_norm", None),
}


def rules(rng, *weights):
    return {
        f"{weight}_{kind}": values[rng.integers(len(values))]
        for weight in weights
        for kind, values in RULES.items()
        if (weight, kind) != ("bias", "constraint")
    }


def model(keras_like, seed):
    rng = np.random.default_rng(seed)
    layers = keras_like.layers
    cell = ("SimpleRNN", "LSTM", "GRU")[rng.integers(3)]
    recurrent = getattr(layers, cell)(
        4, return_sequences=bool(seed % 2), **rules(rng, "kernel", "recurrent", "bias"),
        **({"activity_regularizer": "l2"} if cell != "SimpleRNN" and rng.random() < 0.5 else {}),
    )  # fmt: skip
    if not recurrent.activity_regularizer and rng.random() < 0.5:
        recurrent = layers.Bidirectional(recurrent)
    return keras_like.Sequential(
        [
            keras_like.Input((5,)),
            layers.Embedding(20, 3, **rules(rng, "embeddings")),
            recurrent,
            layers.LayerNormalization(**rules(rng, "gamma", "beta")),
            layers.Dense(
                1, **rules(rng, "kernel", "bias"),
                activity_regularizer=("l1", None)[rng.integers(2)],
            ),
        ]
    )  # fmt: skip


@seeds(fast=6, everything=60)
def test_models_with_rules_train_as_in_keras(seed):
    rng = np.random.default_rng([seed, 1])
    x = rng.integers(0, 20, (48, 5)).astype("int32")
    y = rng.normal(size=(48, 5, 1) if seed % 2 else (48, 1)).astype("float32")
    keras.utils.set_random_seed(seed)
    ours, theirs = model(tidegate, seed), model(keras, seed)
    ours.set_weights(theirs.get_weights())
    for net in (ours, theirs):
        net.compile("adam" if seed % 3 else "sgd", "mse")
    first = float(sum(float(loss) for loss in ours.losses))
    expected = sum(float(keras.ops.convert_to_numpy(loss)) for loss in theirs.losses)
    np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-6)
    histories = [
        net.fit(x, y, batch_size=12, epochs=3, shuffle=False, verbose=0).history["loss"]
        for net in (ours, theirs)
    ]
    np.testing.assert_allclose(*histories, rtol=2e-4, atol=1e-5)
    for mine, their in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(mine, their, rtol=2e-3, atol=2e-4)
    assert len(ours.losses) == len(theirs.losses)
    np.testing.assert_allclose(
        ours.evaluate(x, y, batch_size=16, verbose=0),
        theirs.evaluate(x, y, batch_size=16, verbose=0), rtol=2e-4,
    )  # fmt: skip
    for mine, their in zip(ours.layers, theirs.layers):
        if not isinstance(mine, tidegate.layers.Bidirectional):
            for key, value in mine.get_config().items():
                if key.endswith(("_regularizer", "_constraint")):
                    assert stripped(value) == stripped(their.get_config()[key]), key


def stripped(config):
    if config is None:
        return None
    inner = {k: np.float32(v) for k, v in config["config"].items()}
    return config["class_name"], config["module"], inner
