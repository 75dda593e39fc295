"""How often the label is among the k largest predictions."""

from __future__ import annotations

from typing import Any

from ..arrays import Array, as_array
from ..config import floatx
from ..devices import array_module
from ..tensor import Tensor
from .reduction import MeanMetricWrapper

__all__ = [
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Tensor:
    """1 where the one-hot label is among the k largest of ``y_pred`` [..., C], else 0.

    >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.5, 0.4]], k=2).numpy()
    array([1.], dtype=float32)
    """
    return _among(as_array(y_true).argmax(axis=-1), as_array(y_pred), k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """1 where the class number is among the k largest of ``y_pred`` [..., C], else 0.

    With ``from_sorted_ids`` ``y_pred`` holds class numbers, best first.

    >>> sparse_top_k_categorical_accuracy([2], [[0.1, 0.5, 0.4]], k=2).numpy()
    array([1.], dtype=float32)
    """
    labels, found = as_array(y_true), as_array(y_pred)
    if from_sorted_ids:
        matches = (labels[..., None] == found[..., :k]).any(axis=-1)
        return Tensor(matches.astype(floatx()))
    return _among(labels.astype("int64"), found, k)


def _among(labels: Array, found: Array, k: int) -> Tensor:
    """Ties with the k-th largest count."""
    xp, classes = array_module(), found.shape[-1]
    inside = (labels >= 0) & (labels < classes)
    places = xp.where(inside, labels, 0)[..., None]
    chosen = xp.take_along_axis(found, places, axis=-1)[..., 0]
    kth = xp.sort(found, axis=-1)[..., -min(k, classes)]
    return Tensor((inside & (chosen >= kth)).astype(floatx()))


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the one-hot label is among the k largest predictions.

    >>> float(TopKCategoricalAccuracy(k=1)([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)
        self.k = k


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class number is among the k largest predictions.

    >>> float(SparseTopKCategoricalAccuracy(k=1)([1, 0], [[0.1, 0.9], [0.2, 0.8]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
        self.k = k
        self.from_sorted_ids = from_sorted_ids

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        config = super().get_config()
        if not self.from_sorted_ids:
            del config["from_sorted_ids"]
        return config
