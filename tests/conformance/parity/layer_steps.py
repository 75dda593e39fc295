"""One layer in both packages, trained for ten steps from equal weights towards equal numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import torch
from layer_cases import LayerCase
from layer_check import build_pair, close, inputs_of, keywords, to_numpy

import tidegate
from tidegate import tree

STEPS, RATE = 10, 0.05


def _errors(outputs: list[Any], seed: int) -> list[np.ndarray]:
    """Gradients of half the mean squared distance from random targets."""
    rng = np.random.default_rng([seed, 2])
    arrays = [to_numpy(y) for y in outputs]
    return [((y - rng.normal(size=y.shape)) / y.size).astype(np.float32) for y in arrays]


def _train_ours(layer: tidegate.layers.Layer, case: LayerCase, seed: int) -> None:
    optimizer, variables = tidegate.optimizers.SGD(RATE), layer.trainable_weights
    for _ in range(STEPS):
        with tidegate.GradientTape() as tape:
            flat = tree.flatten(layer(*inputs_of(case, tidegate), **keywords(case, tidegate)))
        outputs = [y for y in flat if y.dtype.startswith("float")]
        found = tape.gradient(
            outputs, variables, output_gradients=_errors(outputs, seed),
            unconnected_gradients="zero",
        )  # fmt: skip
        optimizer.apply(found, variables)


def _train_theirs(layer: keras.layers.Layer, case: LayerCase, seed: int) -> None:
    optimizer, variables = keras.optimizers.SGD(RATE), layer.trainable_weights
    for _ in range(STEPS):
        flat = keras.tree.flatten(layer(*inputs_of(case, keras), **keywords(case, keras)))
        outputs = [y for y in flat if y.dtype.is_floating_point]
        errors = [torch.tensor(e) for e in _errors(outputs, seed)]
        found = torch.autograd.grad(
            outputs, [v.value for v in variables], errors, allow_unused=True, materialize_grads=True
        )
        with torch.no_grad():
            optimizer.apply(found, variables)


def check_steps(case: LayerCase, seed: int) -> None:
    """Every weight after the steps, statistics too; nothing where no weight is trained."""
    if {"gradients", "weights"} & set(case.differs):
        return
    ours, theirs = build_pair(case, seed)
    if not ours.trainable_weights:
        return
    before = ours.get_weights()
    _train_ours(ours, case, seed)
    _train_theirs(theirs, case, seed)
    for v, w, old in zip(ours.weights, theirs.weights, before, strict=True):
        # How far a weight went, which its own size would hide.
        mine, their = v.numpy() - old, to_numpy(w.value) - old
        assert close(mine, their, 10 * case.tolerance), (v.path, case)
