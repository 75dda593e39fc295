"""How predictions and labels go up and down together."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..config import epsilon
from ..losses.pairs import pair
from ..tensor import Tensor
from .reduction import MeanMetricWrapper

__all__ = [
    "ConcordanceCorrelation",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Pearson's correlation over ``axis``, from -1 to 1.

    >>> pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_true, y_pred = pair("pearson_correlation", y_true, y_pred)
    parts = []
    for y in (y_true, y_pred):
        centred = y - ops.mean(y, axis=axis, keepdims=True)
        parts.append(centred / ops.std(centred, axis=axis, keepdims=True))
    return ops.mean(parts[0] * parts[1], axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """Lin's correlation over ``axis``: 1 only where the values are equal, too.

    >>> concordance_correlation([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_true, y_pred = pair("concordance_correlation", y_true, y_pred)
    true_mean = ops.mean(y_true, axis=axis, keepdims=True)
    pred_mean = ops.mean(y_pred, axis=axis, keepdims=True)
    spread = ops.var(y_true, axis=axis, keepdims=True) + ops.var(y_pred, axis=axis, keepdims=True)
    covariance = (y_true - pred_mean) * (y_pred - pred_mean)
    norm = spread + ops.square(true_mean - pred_mean)
    return ops.mean(2 * covariance / (norm + epsilon()), axis=axis)


class _Correlation(MeanMetricWrapper):
    _direction = "up"
    axis: int


class PearsonCorrelation(_Correlation):
    """Mean of Pearson's correlations.

    >>> round(float(PearsonCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]])), 4)
    1.0
    """

    def __init__(
        self, name: str | None = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)
        self.axis = axis


class ConcordanceCorrelation(_Correlation):
    """Mean of Lin's correlations.

    >>> round(float(ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]])), 4)
    1.0
    """

    def __init__(
        self, name: str | None = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
        self.axis = axis
