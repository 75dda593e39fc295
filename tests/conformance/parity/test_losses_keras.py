"""Every loss of Keras over random arguments: values, gradients, weights, masks, configurations."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import torch
from loss_cases import LOSSES, case
from sampling import same_error, seeds

import tidegate

NAMES = sorted(LOSSES)
# What get_config of 3.15.1 leaves out, and ours keeps.
FORGOTTEN = {
    "Huber": ["delta"], "SparseCategoricalCrossentropy": ["axis"], "CosineSimilarity": ["axis"],
}  # fmt: skip
FUNCTIONS = {
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error", "cosine_similarity", "huber", "log_cosh", "kl_divergence",
    "poisson", "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "sparse_categorical_crossentropy",
    "categorical_generalized_cross_entropy", "hinge", "squared_hinge", "categorical_hinge", "dice",
    "tversky", "circle", "ctc", "get", "serialize", "deserialize",
}  # fmt: skip


def test_every_loss_is_compared():
    names = {n for n in dir(keras.losses) if not n.startswith("_")}
    classes = {n for n in names if inspect.isclass(getattr(keras.losses, n))}
    assert classes == set(LOSSES) | {"Loss"}
    assert {n for n in names if inspect.isfunction(getattr(keras.losses, n))} == FUNCTIONS
    assert names - {"legacy"} <= set(dir(tidegate.losses))


@pytest.mark.parametrize("name", [*NAMES, "Loss", *sorted(FUNCTIONS)])
def test_signatures(name):
    found = []
    for module in (tidegate, keras):
        value = getattr(module.losses, name)
        signature = inspect.signature(value.__init__ if inspect.isclass(value) else value)
        found.append([(p.name, p.default) for p in signature.parameters.values()])
    assert found[0] == found[1]


def run_ours(name, chosen, y, x, weight, mask):
    loss = getattr(tidegate.losses, name)(**chosen)
    x = tidegate.convert_to_tensor(x)
    if mask is not None:
        x.mask = tidegate.tensor.Mask(mask)
    with tidegate.GradientTape() as tape:
        tape.watch(x)
        value = loss(tidegate.convert_to_tensor(y), x, sample_weight=weight)
        total = tidegate.ops.sum(value)
    return value.numpy(), tape.gradient(total, x).numpy(), loss


def run_keras(name, chosen, y, x, weight, mask):
    loss = getattr(keras.losses, name)(**chosen)
    x = torch.tensor(x, requires_grad=True)
    given = x * 1.0
    if mask is not None:
        given._keras_mask = torch.tensor(mask)
    value = loss(torch.tensor(y), given, sample_weight=weight)
    torch.sum(value).backward()
    return value.detach().numpy(), x.grad.numpy(), loss


@pytest.mark.parametrize("name", NAMES)
@seeds(fast=6, everything=60)
def test_values_and_gradients(name, seed):
    arguments = case(name, seed)
    value, gradient, loss = run_ours(name, *arguments)
    expected, their_gradient, other = run_keras(name, *arguments)
    assert value.shape == expected.shape, arguments
    np.testing.assert_allclose(value, expected, rtol=2e-5, atol=2e-6, err_msg=str(arguments))
    scale = max(1.0, np.abs(their_gradient).max())
    np.testing.assert_allclose(
        gradient, their_gradient, rtol=1e-4, atol=2e-5 * scale, err_msg=str(arguments)
    )
    config = loss.get_config()
    kept = {key: config[key] for key in FORGOTTEN.get(name, ())}
    assert config == other.get_config() | kept
    again = tidegate.losses.deserialize(tidegate.losses.serialize(loss))
    assert again.get_config() == config


def test_names_and_aliases():
    from keras.src.losses import ALL_OBJECTS_DICT

    for name in ALL_OBJECTS_DICT:
        if name not in ("Loss", "LossFunctionWrapper"):
            assert callable(tidegate.losses.get(name)), name


BAD = [
    (name, bad)
    for name in NAMES
    for bad in ({"reduction": "product"}, {"speed": 3})
] + [
    ("CategoricalGeneralizedCrossEntropy", {"q": 1.0}),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bad"), BAD)
def test_bad_arguments(name, bad):
    same_error(
        lambda: getattr(tidegate.losses, name)(**bad), lambda: getattr(keras.losses, name)(**bad)
    )


@pytest.mark.parametrize(
    "identifier", ["no_such_loss", 3, {"class_name": "NoSuchLoss", "config": {}}]
)
def test_bad_identifiers(identifier):
    same_error(lambda: tidegate.losses.get(identifier), lambda: keras.losses.get(identifier))


@pytest.mark.parametrize("shapes", [((2,), (2, 4, 3)), ((2, 3), (2, 4))])
def test_bad_shapes_of_ctc(shapes):
    y, x = np.ones(shapes[0], "int32"), np.ones(shapes[1], "float32")
    same_error(
        lambda: tidegate.losses.CTC()(y, x),
        lambda: keras.losses.CTC()(torch.tensor(y), torch.tensor(x)),
    )


@seeds(fast=5, everything=50)
def test_ctc_with_lengths(seed):
    rng = np.random.default_rng(seed)
    blank = int(rng.integers(0, 5))
    symbols = np.array([c for c in range(5) if c != blank])
    x = rng.normal(size=(6, 8, 5)).astype("float32") * 2
    y = symbols[rng.integers(0, 4, (6, 4))].astype("int32")
    lengths = rng.integers(0, 4, 6).astype("int32")
    steps = np.maximum(rng.integers(1, 9, 6), 2 * lengths).astype("int32")
    mine, theirs = tidegate.convert_to_tensor(x), torch.tensor(x, requires_grad=True)
    with tidegate.GradientTape() as tape:
        tape.watch(mine)
        value = tidegate.ops.ctc_loss(y, mine, lengths, steps, mask_index=blank)
    expected = keras.ops.ctc_loss(
        torch.tensor(y), theirs, torch.tensor(lengths), torch.tensor(steps), mask_index=blank
    )
    expected.sum().backward()
    np.testing.assert_allclose(value.numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        tape.gradient(value, mine).numpy(), theirs.grad.numpy(), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("strategy", ["greedy", "beam_search"])
@seeds(fast=4, everything=20)
def test_ctc_decode(strategy, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3, 7, 4)).astype("float32") * 2
    lengths = rng.integers(1, 8, 3).astype("int32")
    options = {"strategy": strategy, "mask_index": int(rng.integers(0, 4))}
    if strategy == "greedy":
        options["merge_repeated"] = bool(rng.random() < 0.7)
    else:
        options |= {"beam_width": 30, "top_paths": 2}
    labels, scores = tidegate.ops.ctc_decode(x, lengths, **options)
    expected, their_scores = keras.ops.ctc_decode(torch.tensor(x), torch.tensor(lengths), **options)
    assert labels.numpy().tolist() == expected.numpy().tolist()
    assert labels.dtype == str(expected.dtype).split(".")[-1]
    np.testing.assert_allclose(scores.numpy(), their_scores.numpy(), rtol=1e-4, atol=1e-4)
