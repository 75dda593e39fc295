"""Random arguments of every loss, with labels and predictions that it takes."""

from __future__ import annotations

import zlib

import numpy as np
from labelled import pair
from sampling import draw

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)
LOGITS = {"from_logits": (True, False), "label_smoothing": (0.0, 0.1)}
# Class: its own options, and what the labels and the predictions are.
LOSSES = {
    "MeanSquaredError": ({}, "numbers"),
    "MeanAbsoluteError": ({}, "numbers"),
    "MeanAbsolutePercentageError": ({}, "numbers"),
    "MeanSquaredLogarithmicError": ({}, "positive"),
    "CosineSimilarity": ({"axis": (-1, 1)}, "numbers"),
    "Huber": ({"delta": (0.5, 2.0)}, "numbers"),
    "LogCosh": ({}, "numbers"),
    "KLDivergence": ({}, "distributions"),
    "Poisson": ({}, "positive"),
    "BinaryCrossentropy": (LOGITS | {"axis": (-1, 1)}, "binary"),
    "BinaryFocalCrossentropy": (
        LOGITS | {"apply_class_balancing": (True,), "alpha": (0.3,), "gamma": (1.0, 3.0)},
        "binary",
    ),
    "CategoricalCrossentropy": (LOGITS, "one-hot"),
    "CategoricalFocalCrossentropy": (LOGITS | {"alpha": (0.3,), "gamma": (1.0, 3.0)}, "one-hot"),
    "SparseCategoricalCrossentropy": (
        {"from_logits": (True, False), "ignore_class": (0, 2)}, "classes",
    ),
    "CategoricalGeneralizedCrossEntropy": ({"q": (0.3, 0.7)}, "classes"),
    "Hinge": ({}, "binary"),
    "SquaredHinge": ({}, "binary"),
    "CategoricalHinge": ({}, "one-hot"),
    "Dice": ({"axis": (None, -1, (1,))}, "binary"),
    "Tversky": ({"alpha": (0.3,), "beta": (0.6,), "axis": (None, -1)}, "binary"),
    "Circle": ({"gamma": (8.0,), "margin": (0.3,), "remove_diagonal": (True, False)}, "embeddings"),
    "CTC": ({}, "ctc"),
}  # fmt: skip


def loss_pair(kind, rng, from_logits):
    """Labels and predictions of a kind, [B, D] or [B, T, D]."""
    shape = (int(rng.integers(3, 6)), int(rng.integers(2, 5)), 4)[:: 1 if rng.random() < 0.5 else 2]
    if kind == "embeddings":
        flat = rng.normal(size=(int(np.prod(shape[:-1])), shape[-1]))
        unit = flat / np.linalg.norm(flat, axis=-1, keepdims=True)
        return rng.integers(0, 3, len(flat)).astype("int32"), unit.astype("float32")
    if kind == "ctc":
        x = rng.normal(size=(4, 9, 5)).astype("float32")
        labels = rng.integers(1, 5, (4, 3))
        labels[np.arange(3) >= rng.integers(1, 4, (4, 1))] = 0
        return labels.astype("int32"), x
    return pair(kind, rng, from_logits, shape)


def case(name, seed):
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    options, kind = LOSSES[name]
    chosen = draw(rng, options)
    y, x = loss_pair(kind, rng, chosen.get("from_logits", False))
    if kind == "embeddings" or name in ("Dice", "Tversky"):
        weight = mask = None
        if chosen.get("axis") is None:
            chosen.pop("axis", None)
    else:
        values = x.shape[:1] if kind == "ctc" else x.shape[:-1]
        weight = rng.uniform(0, 2, values).astype("float32") if rng.random() < 0.5 else None
        mask = rng.random(values) < 0.7 if rng.random() < 0.5 and kind != "ctc" else None
        if chosen.get("axis") == 1 and len(x.shape) == 3:
            weight = mask = None
    chosen["reduction"] = REDUCTIONS[rng.integers(len(REDUCTIONS))]
    return chosen, y, x, weight, mask
