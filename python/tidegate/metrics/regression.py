"""Errors of numbers, and the cross-entropies as metrics."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..losses import functions
from ..losses.loss import same_rank
from ..tensor import convert_to_tensor
from .reduction import Mean, MeanMetricWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "RootMeanSquaredError",
    "SparseCategoricalCrossentropy",
]


class _Down(MeanMetricWrapper):
    _direction = "down"


class MeanSquaredError(_Down):
    """Mean of the squares of the errors.

    >>> float(MeanSquaredError()([[0.0], [1.0]], [[1.0], [3.0]]))
    2.5
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_squared_error, name=name, dtype=dtype)


class MeanAbsoluteError(_Down):
    """Mean of the absolute errors.

    >>> float(MeanAbsoluteError()([[0.0], [1.0]], [[1.0], [3.0]]))
    1.5
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(functions.mean_absolute_error, name=name, dtype=dtype)


class RootMeanSquaredError(Mean):
    """Square root of the mean of the squares of the errors.

    >>> float(RootMeanSquaredError()([[0.0], [0.0]], [[3.0], [3.0]]))
    3.0
    """

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Add one batch."""
        y_true = ops.cast(convert_to_tensor(y_true), self._dtype)
        y_pred = ops.cast(convert_to_tensor(y_pred), self._dtype)
        y_true, y_pred = same_rank(y_true, y_pred)
        super().update_state(ops.square(ops.subtract(y_true, y_pred)), sample_weight)

    def value(self) -> float:
        """The result as a Python float."""
        mean = super().value()
        return math.sqrt(mean) if mean >= 0 else math.nan


class BinaryCrossentropy(_Down):
    """Cross-entropy of labels 0 and 1 and probabilities (or logits)."""

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            functions.binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(_Down):
    """Cross-entropy of one-hot labels and probabilities (or logits)."""

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        super().__init__(
            functions.categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(_Down):
    """Cross-entropy of class numbers and probabilities (or logits)."""

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            functions.sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            axis=axis,
        )
