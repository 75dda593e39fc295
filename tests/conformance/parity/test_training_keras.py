"""The tutorials' models on the movie reviews, trained by tidegate and by Keras side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tutorial_models
from recurrent_cases import relative
from reviews import load

import tidegate

BATCH, ADAM_STEPS = 32, 50
PADDINGS = (("pre", False), ("post", True))
SEEDS = 5


@pytest.mark.parametrize(("padding", "mask_zero"), PADDINGS, ids=["pre", "post-masked"])
@pytest.mark.parametrize("cell", tutorial_models.CELLS)
def test_weights_after_50_adam_steps(cell: str, padding: str, mask_zero: bool) -> None:
    """From equal weights and batch order: within 1e-4 of Keras, norm-wise, array by array."""
    reviews = load(padding)
    keras.utils.set_random_seed(7)
    theirs = tutorial_models.build(keras, cell, mask_zero)
    ours = tutorial_models.build(tidegate, cell, mask_zero)
    ours.set_weights(theirs.get_weights())
    before = ours.get_weights()
    for step in range(ADAM_STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        for model in (theirs, ours):
            model.train_on_batch(reviews.ids[rows], reviews.labels[rows])
    errors = []
    for actual, expected, start in zip(ours.get_weights(), theirs.get_weights(), before):
        assert relative(start, expected) > 1e-3, "this array was not trained"
        errors.append(relative(actual, expected))
    print(f"{cell} {padding}: {', '.join(f'{e:.1e}' for e in errors)}")
    assert max(errors) <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("padding", "mask_zero"), PADDINGS, ids=["pre", "post-masked"])
@pytest.mark.parametrize("cell", tutorial_models.CELLS)
def test_held_out_accuracy(cell: str, padding: str, mask_zero: bool) -> None:
    """Mean of 5 seeds: at least Keras' less 2 points. Keras trains on jax here, which is faster."""
    script = Path(__file__).with_name("accuracy_worker.py")
    found = {}
    for package in ("keras", "tidegate"):
        done = subprocess.run(
            [sys.executable, str(script), package, cell, padding, str(SEEDS)],
            env=os.environ | {"KERAS_BACKEND": "jax"},
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        found[package] = json.loads(done.stdout.splitlines()[-1])
        assert len(found[package]) == SEEDS
    print(f"{cell} {padding}: {found}")
    assert np.mean(found["tidegate"]) >= np.mean(found["keras"]) - 0.02
    # Both must have learnt something; SimpleRNN after 40 steps of padding has not learnt much.
    assert min(np.mean(accuracies) for accuracies in found.values()) > 0.58
