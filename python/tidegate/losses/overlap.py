"""Losses of the overlap of two sets."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..config import epsilon
from ..tensor import Tensor
from .loss import LossFunctionWrapper
from .pairs import pair

__all__ = ["Dice", "Tversky", "dice", "tversky"]


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Tensor:
    """``1 - 2 sum(y_true * y_pred) / (sum(y_true) + sum(y_pred) + eps)`` over ``axis``.

    >>> round(float(dice([1.0, 1.0], [1.0, 0.0])), 4)
    0.3333
    """
    y_true, y_pred = pair("dice", y_true, y_pred)
    both = ops.sum(y_true * y_pred, axis=axis)
    return 1 - 2.0 * both / (ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis) + epsilon())


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Tensor:
    """``1 - b / (b + alpha * missed + beta * wrong + eps)`` with b the sum of what both hold.

    >>> round(float(tversky([1.0, 1.0], [1.0, 0.0])), 4)
    0.3333
    """
    y_true, y_pred = pair("tversky", y_true, y_pred)
    both = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum((1 - y_pred) * y_true, axis=axis)
    wrong = ops.sum(y_pred * (1 - y_true), axis=axis)
    return 1 - both / (both + missed * alpha + wrong * beta + epsilon())


class Dice(LossFunctionWrapper):
    """One less Dice's coefficient.

    >>> round(float(Dice()([1.0, 1.0], [1.0, 0.0])), 4)
    0.3333
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """One less Tversky's index.

    >>> round(float(Tversky()([1.0, 1.0], [1.0, 0.0])), 4)
    0.3333
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
