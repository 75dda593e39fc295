"""The accuracy family."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import metrics, ops
from tidegate.mask import Mask


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "bool"])
@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_binary_accuracy(dtype, shape):
    y = np.array([1, 1, 0, 0]).astype(dtype).reshape(shape)
    metric = metrics.BinaryAccuracy()
    metric.update_state(y, np.array([[0.9], [0.4], [0.1], [0.6]], np.float32))
    assert float(metric.result()) == 0.5


def test_threshold():
    metric = metrics.BinaryAccuracy(threshold=0.7)
    metric.update_state([[1]], [[0.6]])
    assert float(metric.result()) == 0.0


def test_labels_that_are_no_classes_do_not_count():
    assert float(metrics.BinaryAccuracy()([[0.5]], [[0.9]])) == 0.0


def test_categorical():
    y, p = np.eye(3)[[0, 1, 2]], np.array([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    np.testing.assert_allclose(float(metrics.CategoricalAccuracy()(y, p)), 2 / 3, rtol=1e-6)
    np.testing.assert_allclose(
        float(metrics.SparseCategoricalAccuracy()([0, 1, 2], p)), 2 / 3, rtol=1e-6
    )
    np.testing.assert_allclose(
        float(metrics.SparseCategoricalAccuracy()([[0], [1], [2]], p)), 2 / 3, rtol=1e-6
    )


def test_sequences_with_a_mask():
    p = ops.convert_to_tensor(np.array([[[0.9, 0.1], [0.9, 0.1], [0.9, 0.1]]], np.float32))
    p.mask = Mask([[True, True, False]])
    metric = metrics.SparseCategoricalAccuracy()
    metric.update_state(ops.convert_to_tensor(np.array([[0, 1, 0]])), p)
    assert float(metric.result()) == 0.5


def test_plain_accuracy_and_functions():
    assert float(metrics.Accuracy()([1, 2, 3, 4], [0, 2, 3, 4])) == 0.75
    assert metrics.binary_accuracy([1, 0], [0.9, 0.1]).numpy().tolist() == [1.0, 1.0]
    assert metrics.categorical_accuracy([[0, 1]], [[0.3, 0.7]]).numpy().tolist() == [1.0]
