"""Losses that want a margin: the hinges and the circle loss."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..mask import Mask
from ..tensor import Tensor
from .loss import LossFunctionWrapper
from .pairs import as_tensor, like, pair

__all__ = [
    "CategoricalHinge",
    "Circle",
    "Hinge",
    "SquaredHinge",
    "categorical_hinge",
    "circle",
    "hinge",
    "squared_hinge",
]


def _signs(y_true: Tensor) -> Tensor:
    """Labels 0 and 1 as -1 and 1; other labels stay."""
    values = y_true._value
    return 2.0 * y_true - 1.0 if ((values == 0) | (values == 1)).all() else y_true


def _gaps(name: str, y_true: Any, y_pred: Any) -> Tensor:
    y_true, y_pred = pair(name, y_true, y_pred)
    return ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)


def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """``mean(max(1 - y_true * y_pred, 0), axis=-1)`` of labels -1 and 1 (or 0 and 1).

    >>> hinge([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([1.], dtype=float32)
    """
    return ops.mean(_gaps("hinge", y_true, y_pred), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """``mean(max(1 - y_true * y_pred, 0) ** 2, axis=-1)`` of labels -1 and 1 (or 0 and 1).

    >>> squared_hinge([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([1.25], dtype=float32)
    """
    return ops.mean(ops.square(_gaps("squared_hinge", y_true, y_pred)), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """``max(max((1 - y_true) * y_pred) - sum(y_true * y_pred) + 1, 0)`` over the last axis.

    >>> categorical_hinge([[0.0, 1.0]], [[0.25, 0.5]]).numpy()
    array([0.75], dtype=float32)
    """
    y_true, y_pred = pair("categorical_hinge", y_true, y_pred)
    right = ops.sum(y_true * y_pred, axis=-1)
    wrong = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(wrong - right + 1.0, 0.0)


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """Pulls embeddings of one class together and pushes others apart: [B], [B, D] -> [B].

    ``softplus(logsumexp over same class(-gamma (m + d)(m - d)) + logsumexp over other
    classes(gamma max(1 + m - d, 0) (1 - m - d)))`` with d the cosine distances of unit embeddings.
    Entries with a loss of 0 do not count (a mask is attached).

    Args:
        y_true: class numbers [B] or [B, 1].
        y_pred: embeddings of length 1 [B, D].
        ref_labels, ref_embeddings: what they are compared with; default themselves.
        remove_diagonal: whether an embedding is not compared with itself.
        gamma, margin: scale, and m above.

    Source: Sun et al., "Circle loss: a unified perspective of pair similarity optimization", 2020.

    >>> float(circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).numpy().sum()) < 1e-6
    True
    """
    y_pred = as_tensor(y_pred)
    others = y_pred if ref_embeddings is None else like(ref_embeddings, y_pred)
    same, other = _same_and_other(y_true, ref_labels, remove_diagonal)
    distance = ops.maximum(1.0 - ops.matmul(y_pred, ops.transpose(others)), 0.0)
    near = ops.maximum(margin + distance, 0.0) * (margin - distance) * -gamma
    far = ops.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance) * gamma
    loss = ops.softplus(_log_sum(near, same) + _log_sum(far, other))
    loss.mask = Mask(loss._value > 0)
    return loss


def _same_and_other(y_true: Any, ref_labels: Any, remove_diagonal: bool) -> tuple[Any, Any]:
    """Which pairs [B, R] are of one class, and which are not."""
    labels = as_tensor(y_true)._value.astype("int32").reshape(-1, 1)
    refs = labels if ref_labels is None else as_tensor(ref_labels)._value.astype("int32")
    same = labels == refs.reshape(1, -1)
    other = ~same
    if remove_diagonal:
        count = min(same.shape)
        same[range(count), range(count)] = False
    return same, other


def _log_sum(values: Tensor, chosen: Any) -> Tensor:
    return ops.logsumexp(ops.where(Tensor(chosen), values, float("-inf")), axis=1)


class Hinge(LossFunctionWrapper):
    """Mean of ``max(1 - y_true * y_pred, 0)``.

    >>> float(Hinge()([[0.0]], [[0.5]]))
    1.5
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """Mean of ``max(1 - y_true * y_pred, 0) ** 2``.

    >>> float(SquaredHinge()([[0.0]], [[0.5]]))
    2.25
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """The best wrong class must stay 1 below the right one.

    >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.5]]))
    0.75
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)


class Circle(LossFunctionWrapper):
    """Pulls embeddings of one class together and pushes others apart.

    >>> float(Circle()([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])) < 1e-6
    True
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
