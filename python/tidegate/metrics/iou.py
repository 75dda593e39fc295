"""Intersection over union of the classes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..arrays import as_array
from ..config import epsilon
from ..devices import array_module
from ..errors import message
from ..tensor import Tensor
from .metric import Metric

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


class IoU(Metric):
    """Mean over classes of ``tp / (tp + fp + fn)``, those that never occur left out.

    Args:
        num_classes: C.
        target_class_ids: the classes that count.
        ignore_class: a label whose entries do not count.
        sparse_y_true, sparse_y_pred: class numbers; False: one value per class along ``axis``.

    Raises:
        ValueError: a target class that is none.

    >>> round(float(IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(dtype or "int32", name)
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                message(
                    self.name,
                    f"target_class_ids must lie in [0, {num_classes})",
                    list(target_class_ids),
                )
            )
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", name="total_confusion_matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count one batch; entries with a class outside [0, C) do not count."""
        xp, count = array_module(), self.num_classes
        truth, found = as_array(y_true), as_array(y_pred)
        if not self.sparse_y_true:
            truth = truth.argmax(axis=self.axis)
        if not self.sparse_y_pred:
            found = found.argmax(axis=self.axis)
        truth, found = truth.reshape(-1).astype("int64"), found.reshape(-1).astype("int64")
        weights = self._weights(sample_weight, truth.shape)
        kept = (truth >= 0) & (truth < count) & (found >= 0) & (found < count)
        if self.ignore_class is not None:
            kept &= truth != self.ignore_class
        places = truth[kept] * count + found[kept]
        matrix = xp.bincount(places, weights[kept], minlength=count * count)
        self.total_cm.assign_add(matrix.reshape(count, count).astype(self._dtype))

    def _weights(self, given: Any, shape: tuple[int, ...]) -> Any:
        weights = as_array(1 if given is None else given)
        if weights.dtype.kind == "f" and "int" in self._dtype:
            warnings.warn(
                "You are passing weight as `float`, but dtype is `int`. This may result in an "
                "incorrect weight due to type casting. Consider using integer weights.",
                stacklevel=3,
            )
        weights = weights.astype(self._dtype).reshape(-1)
        return array_module().broadcast_to(weights, shape)

    def result(self) -> Any:
        """The mean over the target classes."""
        matrix = self.total_cm.numpy()
        both = matrix.diagonal()
        union = matrix.sum(axis=0) + matrix.sum(axis=1) - both
        both, union = (part[self.target_class_ids].astype("float32") for part in (both, union))
        there = union > 1e-9
        values = array_module().where(there, both / (union + epsilon()), 0)
        return Tensor((values.sum() / (there.sum() + epsilon())).astype("float32"))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        return {key: value for key, value in IoU.get_config(self).items() if key not in names}


class BinaryIoU(IoU):
    """``IoU`` of two classes, from predictions and a threshold.

    >>> round(float(BinaryIoU()([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
    0.5833
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count one batch."""
        found = as_array(y_pred, "float32") >= self.threshold
        super().update_state(y_true, found.astype("int32"), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


class MeanIoU(IoU):
    """``IoU`` over all classes.

    >>> round(float(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        classes = range(num_classes)
        super().__init__(
            num_classes, classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """``IoU`` of one-hot labels and a value per class.

    >>> metric = OneHotIoU(num_classes=2, target_class_ids=[0])
    >>> round(float(metric([[1, 0], [0, 1]], [[0.6, 0.4], [0.7, 0.3]])), 4)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """``MeanIoU`` of one-hot labels and a value per class.

    >>> metric = OneHotMeanIoU(num_classes=2)
    >>> round(float(metric([[1, 0], [0, 1]], [[0.6, 0.4], [0.7, 0.3]])), 4)
    0.25
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return self._config_without("target_class_ids", "sparse_y_true")
