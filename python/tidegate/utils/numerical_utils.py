"""Class numbers to one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["to_categorical"]


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
