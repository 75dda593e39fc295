"""Sums and means over batches, weighted."""

from __future__ import annotations

import numpy as np

from tidegate import metrics, ops


def test_mean_over_batches_of_unequal_size():
    metric = metrics.Mean()
    metric.update_state([1.0, 3.0, 5.0])
    metric.update_state([7.0])
    assert float(metric.result()) == 4.0
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_weights():
    metric = metrics.Mean()
    metric.update_state([1.0, 3.0, 5.0, 7.0], sample_weight=[1, 1, 0, 0])
    assert float(metric.result()) == 2.0
    total = metrics.Sum()
    total.update_state([1.0, 3.0, 5.0, 7.0], sample_weight=[1, 1, 0, 0])
    assert float(total.result()) == 4.0


def test_inner_axes_are_averaged_per_sample():
    metric = metrics.Mean()
    metric.update_state(ops.convert_to_tensor(np.array([[1.0, 3.0], [5.0, 7.0]])))
    assert float(metric.result()) == 4.0
    assert metric.count == 2.0


def test_weights_per_step():
    metric = metrics.Mean()
    metric.update_state(np.array([[1.0, 3.0], [5.0, 7.0]]), sample_weight=[[1.0, 0.0], [1.0, 1.0]])
    # Keras: the mean per sample first, of values and of weights.
    np.testing.assert_allclose(float(metric.result()), (0.5 + 6.0) / 1.5, rtol=1e-6)


def test_no_rounding_over_many_batches():
    """float32 sums stop growing at 2**24; Python's floats do not."""
    metric = metrics.Mean()
    metric.add(1.0, 2.0**24)
    metric.add(1.0, 1.0)
    assert metric.count == 2.0**24 + 1


def test_wrapped_function():
    metric = metrics.MeanMetricWrapper(
        lambda y_true, y_pred, power: (y_true - y_pred) ** power, power=2
    )
    metric.update_state(ops.convert_to_tensor([1.0, 1.0]), ops.convert_to_tensor([1.0, 3.0]))
    assert float(metric.result()) == 2.0
