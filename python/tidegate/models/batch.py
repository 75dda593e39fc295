"""One batch: what a step is given, how large it is, how it is asked for."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..errors import message
from ..tensor import Tensor
from .data import Data

__all__ = ["due", "empty", "inputs_alone", "is_whole", "positive_size", "rows", "tensors"]


def tensors(batch: Any) -> tuple[Any, Any, Any]:
    """A batch of arrays as tensors; sample weights stay arrays."""
    x, y = batch[0], batch[1]
    x = tree.map_structure(Tensor, x) if isinstance(x, (list, tuple, dict)) else Tensor(x)
    if isinstance(y, (list, tuple, dict)):
        y = tree.map_structure(lambda leaf: None if leaf is None else Tensor(leaf), y)
    elif y is not None:
        y = Tensor(y)
    return x, y, batch[2]


def inputs_alone(x: Any) -> Any:
    """Arrays as ``predict_step`` gets them: several inputs are one part, not x and y."""
    if isinstance(x, (list, tuple)):
        return (tree.map_structure(Tensor, x),)
    return tree.map_structure(Tensor, x) if isinstance(x, dict) else Tensor(x)


def is_whole(data: Any) -> bool:
    """Whether data is (x, y, sample_weight)."""
    return type(data) is tuple and len(data) == 3


def rows(x: Any) -> int:
    """The size of a batch."""
    return (x if isinstance(x, Tensor) else tree.flatten(x)[0]).shape[0]


def empty(data: Data) -> tuple[Any, Any, Any, int]:
    """The only batch of no samples: it still tells the shape of the output."""
    return data.x, None, None, 0


def positive_size(op: str, batch_size: int | None) -> int:
    """``batch_size`` as an int, 32 for None.

    Raises:
        ValueError: no positive int.
    """
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__") or batch_size < 1:
        raise ValueError(message(op, "batch_size must be a positive int", repr(batch_size)))
    return int(batch_size)


def due(epoch: int, frequency: Any) -> bool:
    """Whether to validate after this epoch, counted from 0."""
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency
