"""``y_true`` and ``y_pred`` as tensors of one dtype, rank and shape."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from ..tensor import Tensor, convert_to_tensor
from .loss import same_rank

__all__ = ["as_tensor", "check_shapes", "like", "pair"]


def as_tensor(x: Any) -> Tensor:
    """A tensor of anything that holds numbers."""
    return x if isinstance(x, Tensor) else convert_to_tensor(x)


def like(x: Any, other: Tensor) -> Tensor:
    """A tensor in the dtype of another one."""
    tensor = as_tensor(x)
    return tensor if tensor.dtype == other.dtype else ops.cast(tensor, other.dtype)


def check_shapes(name: str, y_true: Tensor, y_pred: Tensor) -> None:
    """Raise ValueError unless the shapes are equal."""
    # Keras broadcasts here: [B, 2] against [B, 1] is most often a wrong last layer.
    if y_true.shape != y_pred.shape:
        raise ValueError(
            message(
                name,
                "y_true and y_pred must have the same shape",
                f"y_true {list(y_true.shape)}, y_pred {list(y_pred.shape)}",
                "the units of the last layer must be the columns of y",
            )
        )


def pair(name: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors in the dtype of ``y_pred``, of one rank and shape."""
    y_pred = as_tensor(y_pred)
    y_true, y_pred = same_rank(like(y_true, y_pred), y_pred)
    check_shapes(name, y_true, y_pred)
    return y_true, y_pred
