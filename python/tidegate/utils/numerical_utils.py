"""Class numbers to one-hot rows, vectors to length 1."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["normalize", "to_categorical"]


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Class numbers [...] as one-hot float rows [..., num_classes].

    Args:
        x: integers from 0 to ``num_classes - 1``; a last axis of size 1 is dropped.
        num_classes: default ``max(x) + 1``.

    Raises:
        ValueError: a class below 0 or not below ``num_classes``.

    Example:

    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    labels = np.array(x, dtype="int64")
    shape = labels.shape
    if shape and shape[-1] == 1 and len(shape) > 1:
        shape = shape[:-1]
    labels = labels.reshape(-1)
    if num_classes is None:
        num_classes = int(labels.max()) + 1 if labels.size else 0
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ValueError(
            f"[to_categorical] classes must be in [0, num_classes) = [0, {num_classes}). "
            f"Received: {int(labels.min())} to {int(labels.max())}. "
            "Hint: leave out num_classes, or renumber the classes from 0."
        )
    categorical = np.zeros((labels.size, num_classes))
    categorical[np.arange(labels.size), labels] = 1
    return categorical.reshape((*shape, num_classes))


def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    """Vectors along ``axis`` divided by their norm of this order; vectors of zeros stay.

    Returns:
        An array for an array, a tensor for a tensor (then a norm below 1e-12 counts as 1e-12).

    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    if isinstance(x, np.ndarray):
        norms = _norms(np.abs(x), axis, order)
        return x / np.where(norms == 0, 1, norms)
    from .. import ops

    x = ops.convert_to_tensor(x)
    size = ops.abs(x)
    if order == 2:
        squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
        return x * ops.rsqrt(ops.maximum(squares, 1e-24))
    if np.isinf(order):
        norms = (ops.max if order > 0 else ops.min)(size, axis=axis, keepdims=True)
    else:
        norms = ops.power(ops.sum(ops.power(size, order), axis=axis, keepdims=True), 1.0 / order)
    return x / ops.maximum(norms, 1e-12)


def _norms(size: np.ndarray, axis: int, order: float) -> np.ndarray:
    if np.isinf(order):
        return (np.max if order > 0 else np.min)(size, axis=axis, keepdims=True)
    if order == 0:
        return (size != 0).sum(axis=axis, keepdims=True)
    return (size**order).sum(axis=axis, keepdims=True) ** (1.0 / order)
