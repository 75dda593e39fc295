"""Losses as functions: values per sample, the mean over the last axis."""

from __future__ import annotations

import warnings
from typing import Any

from .. import ops
from ..errors import message
from ..mask import Mask
from ..ops import mean_loss
from ..tensor import Tensor
from .pairs import as_tensor, like, pair

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "mean_absolute_error",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """``mean((y_true - y_pred) ** 2, axis=-1)``: [..., D] -> [...].

    >>> mean_squared_error([[0.0, 1.0]], [[1.0, 3.0]]).numpy()
    array([2.5], dtype=float32)
    """
    y_true, y_pred = pair("mean_squared_error", y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


def _mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    return mean_loss.mean_squared_error(*pair("mean_squared_error", y_true, y_pred))


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """``mean(abs(y_true - y_pred), axis=-1)``: [..., D] -> [...].

    >>> mean_absolute_error([[0.0, 1.0]], [[1.0, 3.0]]).numpy()
    array([1.5], dtype=float32)
    """
    y_true, y_pred = pair("mean_absolute_error", y_true, y_pred)
    return ops.mean(ops.abs(ops.subtract(y_true, y_pred)), axis=-1)


def _mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    return mean_loss.mean_absolute_error(*pair("mean_absolute_error", y_true, y_pred))


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """``-mean(y log p + (1 - y) log(1 - p), axis)``: [..., D] -> [...].

    Probabilities are clipped to [eps, 1 - eps], ``eps = config.epsilon()``; logits are not.

    >>> binary_crossentropy([[1.0]], [[0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    y_true, y_pred = _binary_arguments(y_true, y_pred, label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


def _mean_binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    y_true, y_pred = _binary_arguments(y_true, y_pred, label_smoothing)
    return mean_loss.mean_binary_crossentropy(y_true, y_pred, from_logits=bool(from_logits))


def _binary_arguments(y_true: Any, y_pred: Any, label_smoothing: float) -> tuple[Any, Any]:
    y_pred = as_tensor(y_pred)
    y_true = like(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            message(
                "binary_crossentropy",
                "y_true and y_pred must have the same shape",
                f"y_true {list(y_true.shape)}, y_pred {list(y_pred.shape)}",
                "class numbers go with sparse_categorical_crossentropy",
            )
        )
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return y_true, y_pred


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """``-sum(y log p, axis)`` of one-hot or soft labels: [..., C] -> [...].

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    if isinstance(axis, bool):
        raise ValueError(message("categorical_crossentropy", "axis must be an int", axis))
    y_pred = as_tensor(y_pred)
    y_true = like(y_true, y_pred)
    if y_pred.shape[-1] == 1:
        warnings.warn(
            "In loss categorical_crossentropy, expected y_pred.shape to be (batch_size, "
            f"num_classes) with num_classes > 1. Received: y_pred.shape={y_pred.shape}. "
            "Consider using 'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=2,
        )
    if y_true.shape != y_pred.shape:
        raise ValueError(
            message(
                "categorical_crossentropy",
                "y_true and y_pred must have the same shape",
                f"y_true {list(y_true.shape)}, y_pred {list(y_pred.shape)}",
                "class numbers go with sparse_categorical_crossentropy, or to_categorical(y)",
            )
        )
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[-1]
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Tensor:
    """``-log p[y]`` of class numbers: y_true [...], y_pred [..., C] -> [...].

    ``ignore_class`` marks entries that do not count (their loss is 0 and a mask is attached).

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    y_pred, y_true = as_tensor(y_pred), as_tensor(y_true)
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis=axis)
    labels = y_true if y_true.dtype == "int32" else ops.cast(y_true, "int32")
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(
            labels, y_pred, from_logits=from_logits, axis=axis
        )
    kept = ops.not_equal(labels, ignore_class)
    labels = ops.where(kept, labels, 0)
    values = ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=from_logits, axis=axis)
    values = ops.where(kept, values, 0.0)
    values.mask = Mask(kept)
    return values


# The mean of all values is the mean of the means over the last axis: where nothing is weighted, the
# losses take one step in place of three.
MEANS = {
    mean_squared_error: _mean_squared_error,
    mean_absolute_error: _mean_absolute_error,
    binary_crossentropy: _mean_binary_crossentropy,
}
