"""Random labels of every kind, with predictions for them: for losses and metrics."""

from __future__ import annotations

import numpy as np


def softmax(x):
    """Over the last axis, float32."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


def pair(kind, rng, from_logits, shape):
    """Labels and predictions [B, D] or [B, T, D], the predictions as logits or probabilities."""
    x = rng.normal(size=shape).astype("float32")
    if kind == "same":
        return rng.integers(0, 3, shape).astype("f"), rng.integers(0, 3, shape).astype("f")
    if kind == "labels":
        return rng.integers(0, 4, shape).astype("int32"), rng.integers(0, 4, shape).astype("int32")
    if kind == "numbers":
        return (x + rng.normal(size=shape)).astype("float32"), x
    if kind == "positive":
        return rng.uniform(0, 3, shape).astype("float32"), np.abs(x) + 0.01
    if kind == "distributions":
        return softmax(rng.normal(size=shape)), softmax(x)
    if kind == "binary":
        labels = rng.integers(0, 2, shape).astype("float32")
        return labels, x if from_logits else (1 / (1 + np.exp(-x))).astype("float32")
    classes = rng.integers(0, shape[-1], shape[:-1])
    predictions = x if from_logits else softmax(x)
    if kind == "one-hot":
        return np.eye(shape[-1], dtype="float32")[classes], predictions
    return classes.astype("int32"), predictions
