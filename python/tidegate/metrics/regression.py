"""Errors of numbers, and the cross-entropies as metrics."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..losses import functions, margin
from ..losses import regression as losses
from ..losses.loss import same_rank
from ..tensor import convert_to_tensor
from .reduction import Mean, MeanMetricWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "RootMeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
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
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(
            functions.sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class MeanAbsolutePercentageError(_Down):
    """Mean of the absolute errors as percentages of the labels.

    >>> float(MeanAbsolutePercentageError()([[2.0]], [[1.0]]))
    50.0
    """

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name=name, dtype=dtype)


class MeanSquaredLogarithmicError(_Down):
    """Mean of the squares of the errors of the logarithms.

    >>> round(float(MeanSquaredLogarithmicError()([[1.0]], [[3.0]])), 4)
    0.4805
    """

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name=name, dtype=dtype)


class LogCoshError(_Down):
    """Mean of the logarithm of the hyperbolic cosine of the errors.

    >>> round(float(LogCoshError()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name=name, dtype=dtype)


class KLDivergence(_Down):
    """Kullback and Leibler's divergence of distributions.

    >>> round(float(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
    0.1438
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name=name, dtype=dtype)


class Poisson(_Down):
    """Mean of ``y_pred - y_true * log(y_pred)``.

    >>> round(float(Poisson()([[1.0]], [[1.0]])), 4)
    1.0
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name=name, dtype=dtype)


class Hinge(_Down):
    """Mean of ``max(1 - y_true * y_pred, 0)``.

    >>> float(Hinge()([[0.0]], [[0.5]]))
    1.5
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(margin.hinge, name=name, dtype=dtype)


class SquaredHinge(_Down):
    """Mean of ``max(1 - y_true * y_pred, 0) ** 2``.

    >>> float(SquaredHinge()([[0.0]], [[0.5]]))
    2.25
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(margin.squared_hinge, name=name, dtype=dtype)


class CategoricalHinge(_Down):
    """The best wrong class must stay 1 below the right one.

    >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.5]]))
    0.75
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(margin.categorical_hinge, name=name, dtype=dtype)


def _cosine(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    return -losses.cosine_similarity(y_true, y_pred, axis=axis)


class CosineSimilarity(MeanMetricWrapper):
    """Mean of the cosines of the angles between labels and predictions.

    >>> float(CosineSimilarity()([[0.0, 1.0]], [[0.0, 3.0]]))
    1.0
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(_cosine, name, dtype, axis=axis)
