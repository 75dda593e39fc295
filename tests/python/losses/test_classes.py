"""Losses as classes: options reach the function, configurations go round."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, losses, ops

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


@pytest.mark.parametrize(
    ("loss", "values"),
    [
        (losses.MeanSquaredError(), lambda y, p: ops.square(ops.subtract(y, p))),
        (losses.MeanAbsoluteError(), lambda y, p: ops.abs(ops.subtract(y, p))),
        (losses.BinaryCrossentropy(), ops.binary_crossentropy),
        (
            losses.BinaryCrossentropy(from_logits=True),
            lambda y, p: ops.binary_crossentropy(y, p, from_logits=True),
        ),
    ],
)
def test_mean_as_one_operation_has_the_bits_of_two(loss, values):
    rng = np.random.default_rng(1)
    y = ops.convert_to_tensor(rng.integers(0, 2, (37, 3)).astype("f4"))
    p = ops.convert_to_tensor(rng.uniform(0.0, 1.0, (37, 3)).astype("f4"))
    found = []
    for function in (loss, lambda y, p: ops.mean(values(y, p))):
        with GradientTape(persistent=True) as tape:
            tape.watch([y, p])
            value = function(y, p)
        assert len(tape._records) == 1 if function is loss else len(tape._records) > 1
        both = [tape.gradient(value, [y, p]) for _ in range(2)]  # a second time, too
        found.append([value.numpy().tobytes(), *(g.numpy().tobytes() for gs in both for g in gs)])
    assert found[0] == found[1]


def test_names_are_those_of_keras():
    assert losses.BinaryCrossentropy().name == "binary_crossentropy"
    assert losses.MeanSquaredError(name="mine").name == "mine"
