"""Reduction, masks and sample weights, as Keras reduces."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import losses, ops
from tidegate.mask import Mask

Y = np.array([[0.0], [0.0], [0.0], [0.0]], np.float32)
P = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
SQUARES = np.array([1.0, 4.0, 9.0, 16.0])


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("sum_over_batch_size", 7.5),
        ("mean", 7.5),
        ("sum", 30.0),
        ("mean_with_sample_weight", 7.5),
        ("none", SQUARES),
        (None, SQUARES),
    ],
)
def test_reductions(reduction, expected):
    found = losses.MeanSquaredError(reduction=reduction)(Y, P)
    np.testing.assert_allclose(found.numpy(), expected)


def test_sample_weights():
    weights = np.array([1.0, 0.0, 2.0, 0.0])
    loss = losses.MeanSquaredError()
    np.testing.assert_allclose(float(loss(Y, P, weights)), (1 + 18) / 4)
    np.testing.assert_allclose(float(loss(Y, P, weights[:, None])), (1 + 18) / 4)
    weighted = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    np.testing.assert_allclose(float(weighted(Y, P, weights)), 19 / 3, rtol=1e-6)


def test_a_mask_gives_the_mean_over_what_is_kept():
    p = ops.convert_to_tensor(np.arange(6, dtype=np.float32).reshape(2, 3, 1))
    p.mask = Mask([[True, True, False], [True, False, False]])
    found = float(losses.MeanSquaredError()(np.zeros((2, 3, 1)), p))
    np.testing.assert_allclose(found, (0 + 1 + 9) / 3, rtol=1e-6)


def test_mask_and_weights_together():
    p = ops.convert_to_tensor(np.ones((2, 2, 1), np.float32))
    p.mask = Mask([[True, False], [True, True]])
    found = float(
        losses.MeanSquaredError()(np.zeros((2, 2, 1)), p, np.array([[1.0, 1.0], [4.0, 1.0]]))
    )
    np.testing.assert_allclose(found, (1 + 4 + 1) / 3, rtol=1e-6)


def test_everything_masked_is_no_loss():
    p = ops.convert_to_tensor(np.ones((2, 2, 1), np.float32))
    p.mask = Mask(np.zeros((2, 2), bool))
    assert float(losses.MeanSquaredError()(np.zeros((2, 2, 1)), p)) == 0.0


def test_rank_one_labels_meet_one_column():
    """(N,) against (N, 1) must not broadcast to (N, N)."""
    assert float(losses.MeanSquaredError()(Y[:, 0], P)) == 7.5


def test_float64_predictions_keep_their_digits():
    p = ops.convert_to_tensor(np.array([[1.0 + 1e-12]]))
    found = losses.MeanSquaredError()(np.array([[1.0]]), p)
    assert found.dtype == "float64"
    assert float(found) > 0


def test_weights_of_another_length():
    with pytest.raises(ValueError, match=r"\[loss\] sample_weight must fit the loss values \[4\]"):
        losses.MeanSquaredError()(Y, P, np.ones(3))
    steps = np.ones((4, 3, 2))
    with pytest.raises(ValueError, match=r"\[4, 3\]\. Received: \[4\].* \[B, 1\] where every step"):
        losses.MeanSquaredError()(steps, steps, np.ones(4))


def test_unknown_reduction():
    with pytest.raises(ValueError, match="reduction must be one of"):
        losses.MeanSquaredError(reduction="average")


def test_a_subclass_writes_call_alone():
    class Distance(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.abs(y_pred - y_true), axis=-1)

    np.testing.assert_allclose(float(Distance()(Y, P)), 2.5)
    assert Distance().get_config()["reduction"] == "sum_over_batch_size"
