"""Losses as classes: options reach the function, configurations go round."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import losses

CASES = [
    (losses.MeanSquaredError(), [[0.0]], [[2.0]]),
    (losses.MeanAbsoluteError(), [[0.0]], [[2.0]]),
    (losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), [[1.0]], [[2.0]]),
    (losses.CategoricalCrossentropy(from_logits=True), [[0.0, 1.0]], [[2.0, 1.0]]),
    (losses.SparseCategoricalCrossentropy(ignore_class=3), [1], [[0.2, 0.3, 0.1, 0.4]]),
]


@pytest.mark.parametrize(("loss", "y", "p"), CASES, ids=lambda v: getattr(v, "name", ""))
def test_config_goes_round(loss, y, p):
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
    assert float(again(y, p)) == float(loss(y, p))


def test_short_way_equals_the_long_one():
    """Without weights one mean over everything takes the place of two."""
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, (5, 3)).astype("f4"), rng.uniform(0.1, 0.9, (5, 3)).astype("f4")
    for loss in (
        losses.BinaryCrossentropy(),
        losses.MeanSquaredError(),
        losses.MeanAbsoluteError(),
    ):
        np.testing.assert_allclose(float(loss(y, p)), float(loss(y, p, np.ones(5))), rtol=1e-6)


def test_names_are_those_of_keras():
    assert losses.BinaryCrossentropy().name == "binary_crossentropy"
    assert losses.MeanSquaredError(name="mine").name == "mine"
