"""Models compiled with every loss and every metric: ten steps of training as in Keras."""

from __future__ import annotations

import zlib

import keras
import numpy as np
import pytest
from labelled import pair
from layer_check import close
from loss_cases import LOSSES
from metric_cases import FLAT, METRICS
from sampling import draw, seeds

import tidegate

STEPS = 10
SCALARS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")
# What the last layer gives: numbers that the labels of the kind go with.
ACTIVATIONS = {
    "numbers": "linear", "positive": "softplus", "binary": "sigmoid", "distributions": "softmax",
    "one-hot": "softmax", "classes": "softmax", "embeddings": "tanh", "ctc": "linear",
}  # fmt: skip
ORDINARY = {
    "numbers": ("MeanSquaredError", "MeanAbsoluteError"),
    "positive": ("Poisson", "MeanSquaredLogarithmicError"),
    "binary": ("BinaryCrossentropy", "BinaryAccuracy"),
    "distributions": ("KLDivergence", "KLDivergence"),
    "one-hot": ("CategoricalCrossentropy", "CategoricalAccuracy"),
    "classes": ("SparseCategoricalCrossentropy", "SparseCategoricalAccuracy"),
}
# Its gradients are 100 / |label|: larger steps end where rounding decides on which side.
RATE, SMALL_RATES = 0.02, {"MeanAbsolutePercentageError": 1e-6}
# Metrics of predicted labels have no gradient to train by.
TRAINABLE = sorted(name for name, (_, _, kind) in METRICS.items() if kind in ORDINARY)


def labels_of(kind, rng, shape):
    """For outputs [B, D] or [B, T, D]."""
    if kind == "embeddings":
        return rng.integers(0, 2, shape[0]).astype("int32")
    if kind == "ctc":
        return rng.integers(1, shape[-1], (shape[0], 3)).astype("int32")
    return pair(kind, rng, False, shape)[0]


def compiled(package, kind, logits, loss, metric, x):
    """A dense layer behind a recurrent one where there are steps, compiled."""
    layers = package.layers
    body = [layers.GRU(5, return_sequences=True)] if x.ndim == 3 else []
    last = layers.Dense(5 if kind == "ctc" else 4, "linear" if logits else ACTIVATIONS[kind])
    ends = [layers.UnitNormalization()] if kind == "embeddings" else []
    model = package.Sequential([package.Input(x.shape[1:]), *body, last, *ends])
    model.compile(
        package.optimizers.SGD(SMALL_RATES.get(loss[0], RATE)),
        getattr(package.losses, loss[0])(**loss[1]),
        metrics=[getattr(package.metrics, metric[0])(**metric[1])] if metric else None,
    )
    return model


def check(kind, loss, metric, rng, flat):
    shape = (6, 3) if flat else (4, 9, 3)
    x = rng.normal(size=shape).astype("float32")
    logits = loss[1].get("from_logits", False)
    y = labels_of(kind, rng, (*shape[:-1], 5 if kind == "ctc" else 4))
    weight = None
    if rng.random() < 0.5 and kind != "embeddings" and loss[0] not in ("Dice", "Tversky"):
        values = shape[:1] if kind == "ctc" else shape[:-1]
        weight = rng.uniform(0.1, 2.0, values).astype("float32")
    ours, theirs = (compiled(k, kind, logits, loss, metric, x) for k in (tidegate, keras))
    ours.set_weights(theirs.get_weights())
    for _ in range(STEPS):
        mine, their = (
            model.train_on_batch(x, y, sample_weight=weight, return_dict=True)
            for model in (ours, theirs)
        )
        assert list(mine) == list(their)
        for key in mine:
            assert close(mine[key], their[key], 2e-4), (key, loss, metric)
    for w, v in zip(ours.weights, theirs.get_weights(), strict=True):
        assert close(w.numpy(), v, 2e-4), (w.path, loss, metric)


@pytest.mark.parametrize("name", sorted(LOSSES))
@seeds(fast=1, everything=20)
def test_losses(name, seed):
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed, 1])
    options, kind = LOSSES[name]
    chosen = draw(rng, options | {"reduction": SCALARS})
    if chosen.get("axis") in (1, (1,)):
        chosen.pop("axis")
    if chosen.get("axis", 0) is None:
        chosen.pop("axis")
    metric = (ORDINARY[kind][1], {}) if kind in ORDINARY else None
    flat = kind != "ctc" and (kind == "embeddings" or bool(rng.random() < 0.5))
    check(kind, (name, chosen), metric, rng, flat)


@pytest.mark.parametrize("name", TRAINABLE)
@seeds(fast=1, everything=10)
def test_metrics(name, seed):
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed, 2])
    required, options, kind = METRICS[name]
    chosen = required | draw(rng, options)
    chosen.pop("from_logits", None)
    chosen.pop("num_regressors", None)  # Keras warns where it tries the metric on no rows
    flat = name in FLAT or bool(chosen.get("multi_label")) or bool(rng.random() < 0.5)
    check(kind, (ORDINARY[kind][0], {}), (name, chosen), rng, flat)
