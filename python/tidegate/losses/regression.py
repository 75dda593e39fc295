"""Losses of numbers and of distributions beside the squares and the absolute errors."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..config import epsilon
from ..tensor import Tensor
from .loss import LossFunctionWrapper
from .pairs import pair

__all__ = [
    "CosineSimilarity",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "cosine_similarity",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "poisson",
]


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """``100 * mean(abs(y_true - y_pred) / max(abs(y_true), eps), axis=-1)``: [..., D] -> [...].

    >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).numpy()
    array([25.], dtype=float32)
    """
    y_true, y_pred = pair("mean_absolute_percentage_error", y_true, y_pred)
    share = ops.abs((y_true - y_pred) / ops.maximum(ops.abs(y_true), epsilon()))
    return 100.0 * ops.mean(share, axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """``mean((log(y_true + 1) - log(y_pred + 1)) ** 2, axis=-1)``: [..., D] -> [...].

    Values below ``eps = config.epsilon()`` count as eps.

    >>> mean_squared_logarithmic_error([[1.0]], [[3.0]]).numpy().round(4)
    array([0.4805], dtype=float32)
    """
    y_true, y_pred = pair("mean_squared_logarithmic_error", y_true, y_pred)
    ours = ops.log(ops.maximum(y_pred, epsilon()) + 1.0)
    theirs = ops.log(ops.maximum(y_true, epsilon()) + 1.0)
    return ops.mean(ops.square(ours - theirs), axis=-1)


def _unit(x: Tensor, axis: Any) -> Tensor:
    # A row of zeros stays one: its length counts as 1e-12.
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, 1e-24))


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """``-sum(unit(y_true) * unit(y_pred), axis)``, -1 where the directions agree.

    >>> cosine_similarity([[1.0, 0.0]], [[2.0, 0.0]]).numpy()
    array([-1.], dtype=float32)
    """
    y_true, y_pred = pair("cosine_similarity", y_true, y_pred)
    return -ops.sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """The mean over the last axis of ``e**2 / 2`` up to ``abs(e) = delta``, a line after that.

    Source: Huber, "Robust estimation of a location parameter", 1964.

    >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
    array([1.5], dtype=float32)
    """
    y_true, y_pred = pair("huber", y_true, y_pred)
    error = y_pred - y_true
    size = ops.abs(error)
    line = delta * size - 0.5 * delta**2
    return ops.mean(ops.where(size <= delta, 0.5 * ops.square(error), line), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """``mean(log(cosh(y_pred - y_true)), axis=-1)``: [..., D] -> [...].

    >>> log_cosh([[0.0]], [[1.0]]).numpy().round(4)
    array([0.4338], dtype=float32)
    """
    y_true, y_pred = pair("log_cosh", y_true, y_pred)
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(error * -2.0) - math.log(2.0), axis=-1)


def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """``sum(y_true * log(y_true / y_pred), axis=-1)``, both clipped to [eps, 1].

    >>> kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]).numpy().round(4)
    array([0.1438], dtype=float32)
    """
    y_true, y_pred = pair("kl_divergence", y_true, y_pred)
    y_true, y_pred = ops.clip(y_true, epsilon(), 1), ops.clip(y_pred, epsilon(), 1)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """``mean(y_pred - y_true * log(y_pred + eps), axis=-1)``: [..., D] -> [...].

    >>> poisson([[1.0]], [[1.0]]).numpy().round(4)
    array([1.], dtype=float32)
    """
    y_true, y_pred = pair("poisson", y_true, y_pred)
    return ops.mean(y_pred - y_true * ops.log(y_pred + epsilon()), axis=-1)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean of the absolute errors as percentages of the labels.

    >>> float(MeanAbsolutePercentageError()([[2.0]], [[1.0]]))
    50.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean of the squares of the errors of the logarithms.

    >>> round(float(MeanSquaredLogarithmicError()([[1.0]], [[3.0]])), 4)
    0.4805
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between labels and predictions.

    >>> float(CosineSimilarity()([[0.0, 1.0]], [[0.0, 3.0]]))
    -1.0
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Squares up to ``delta``, a line after that.

    >>> float(Huber()([[0.0]], [[3.0]]))
    2.5
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """The logarithm of the hyperbolic cosine of the errors.

    >>> round(float(LogCosh()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)


class KLDivergence(LossFunctionWrapper):
    """Kullback and Leibler's divergence of distributions.

    >>> round(float(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
    0.1438
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """For counts: ``y_pred - y_true * log(y_pred)``.

    >>> round(float(Poisson()([[1.0]], [[1.0]])), 4)
    1.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)
