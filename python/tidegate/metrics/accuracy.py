"""How often the prediction is the label."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..config import floatx
from ..losses.loss import same_rank
from ..tensor import Tensor, convert_to_tensor
from .reduction import MeanMetricWrapper

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
]


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else convert_to_tensor(x)


def accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where ``y_pred`` equals ``y_true``, else 0.

    >>> accuracy([1, 2], [1, 3]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_pred = _tensor(y_pred)
    y_true, y_pred = same_rank(ops.cast(_tensor(y_true), y_pred.dtype), y_pred)
    return ops.cast(ops.equal(y_true, y_pred), floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """1 where ``y_pred > threshold`` is the label, else 0.

    >>> binary_accuracy([[1], [0]], [[0.9], [0.6]]).numpy()
    array([[1.],
           [0.]], dtype=float32)
    """
    y_true, y_pred = same_rank(_tensor(y_true), _tensor(y_pred))
    # No gradient goes through a comparison: plain arrays, without the tape's bookkeeping.
    return Tensor(((y_pred._value > threshold) == y_true._value).astype(floatx()))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the largest of ``y_pred`` [..., C] is that of the one-hot label, else 0.

    >>> categorical_accuracy([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]).numpy()
    array([1., 0.], dtype=float32)
    """
    chosen = _tensor(y_pred)._value.argmax(axis=-1)
    return Tensor((_tensor(y_true)._value.argmax(axis=-1) == chosen).astype(floatx()))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """1 where the largest of ``y_pred`` [..., C] is at the class number, else 0.

    >>> sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.2, 0.8]]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_true, y_pred = _tensor(y_true), _tensor(y_pred)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, axis=-1)
    return Tensor((y_pred._value.argmax(axis=-1) == y_true._value).astype(floatx()))


class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels.

    >>> float(Accuracy()([1, 2, 3, 4], [0, 2, 3, 4]))
    0.75
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name=name, dtype=dtype)
        self._direction = "up"


class BinaryAccuracy(MeanMetricWrapper):
    """How often ``y_pred > threshold`` is the label.

    >>> float(BinaryAccuracy()([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]]))
    0.75
    """

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: Any = None,
        threshold: float = 0.5,
    ) -> None:
        super().__init__(binary_accuracy, name=name, dtype=dtype, threshold=threshold)
        self.threshold = threshold
        self._direction = "up"


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is that of the one-hot label.

    >>> float(CategoricalAccuracy()([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]))
    0.5
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name=name, dtype=dtype)
        self._direction = "up"


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is at the class number.

    >>> float(SparseCategoricalAccuracy()([1, 0], [[0.1, 0.9], [0.2, 0.8]]))
    0.5
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name=name, dtype=dtype)
        self._direction = "up"
