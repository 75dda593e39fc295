"""Losses and metrics meet outputs."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.models.compiling import CompiledLoss, CompiledMetrics

T = ops.convert_to_tensor(np.zeros((2, 1), np.float32))
P = ops.convert_to_tensor(np.ones((2, 1), np.float32))


def test_one_loss_for_all_outputs():
    loss = CompiledLoss("mse", None, ["a", "b"])
    assert float(loss([T, T], [P, P])) == 2.0
    assert [tracker.name for tracker in loss.trackers] == ["a_loss", "b_loss"]


def test_weights_by_list_and_by_name():
    for weights in ([1.0, 3.0], {"a": 1.0, "b": 3.0}):
        assert float(CompiledLoss(["mse", "mae"], weights, ["a", "b"])([T, T], [P, P])) == 4.0


def test_tuples_against_lists_and_dicts_against_lists():
    loss = CompiledLoss(["mse", "mse"], None, ["a", "b"])
    assert float(loss((T, T), [P, P])) == 2.0
    assert float(loss({"b": T, "a": P}, [P, P])) == 1.0


def test_sample_weight_per_output():
    loss = CompiledLoss("mse", None, ["a", "b"])
    weights = [np.array([2.0, 2.0]), np.array([0.0, 0.0])]
    assert float(loss([T, T], [P, P], weights)) == 2.0


@pytest.mark.parametrize(
    ("loss", "weights", "match"),
    [
        (["mse"], None, "loss must have one entry"),
        ({"c": "mse", "a": "mse"}, None, "loss must name outputs"),
        (["mse", "mse"], [1.0], "loss_weights must have one number for each loss"),
    ],
)
def test_what_does_not_fit(loss, weights, match):
    with pytest.raises(ValueError, match=match):
        CompiledLoss(loss, weights, ["a", "b"])([T, T], [P, P])


def test_targets_that_do_not_fit():
    with pytest.raises(ValueError, match="y must have one array for each"):
        CompiledLoss("mse", None, ["a", "b"])([T, T, T], [P, P])


def test_targets_and_losses_of_outputs_that_are_not_there():
    """They were taken by their order: two names that changed places went unseen."""
    with pytest.raises(ValueError, match=r"y must name outputs of \['a', 'b'\]"):
        CompiledLoss("mse", None, ["a", "b"])({"a": T, "c": T}, [P, P])
    with pytest.raises(ValueError, match=r"y must name outputs of \['a'\]"):
        CompiledLoss("mse", None, ["a"])({"c": T}, P)
    with pytest.raises(ValueError, match=r"loss must name outputs of \['a'\]"):
        CompiledLoss({"c": "mse"}, None, ["a"])(T, P)
    with pytest.raises(ValueError, match="y must have an array for output 'b'"):
        CompiledLoss("mse", None, ["a", "b"])({"a": T}, [P, P])
    with pytest.raises(ValueError, match=r"sample_weight must name outputs of \['a', 'b'\]"):
        CompiledLoss("mse", None, ["a", "b"])([T, T], [P, P], {"c": np.ones(2)})
    # The output of a model that is not made of layers in a graph has no name to know.
    assert float(CompiledLoss({"c": "mse"}, None, None)({"c": T}, P)) == 1.0


def test_metric_names_are_unique():
    metrics = CompiledMetrics(["mae", "mae"], ["mae"], None)
    metrics.update(T, P)
    assert list(metrics.results()) == ["mae", "mae_1", "weighted_mae"]


def test_metrics_per_output():
    metrics = CompiledMetrics({"b": ["mae", "mse"]}, None, ["a", "b"])
    metrics.update([T, T], [P, P])
    assert list(metrics.results()) == ["b_mae", "b_mse"]
    with pytest.raises(ValueError, match="one entry for each of the outputs"):
        CompiledMetrics(["mae"], None, ["a", "b"]).build([T, T], [P, P])
