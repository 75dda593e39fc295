"""Several tensors joined along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..errors import message
from .layer import Layer
from .merging import check_masks, shapes_of

__all__ = ["Concatenate", "concatenate"]


class Concatenate(Layer):
    """Joins a list of tensors along ``axis``; the other axes must agree.

    Masks are joined too; a tensor without one counts as all True. Along the last axis a step is
    kept if any of the inputs keeps it.

    >>> import numpy as np
    >>> Concatenate()([np.ones((1, 2)), np.zeros((1, 1))]).numpy()
    array([[1., 1., 0.]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Check the shapes."""
        input_shape = shapes_of("Concatenate", input_shape)
        ranks = {len(shape) for shape in input_shape}
        if len(ranks) != 1:
            raise ValueError(
                message("Concatenate", "inputs must have the same number of axes", input_shape)
            )
        axis = self.axis % ranks.pop()
        for other in range(len(input_shape[0])):
            sizes = {shape[other] for shape in input_shape} - {None}
            if other != axis and len(sizes) > 1:
                raise ValueError(
                    message(
                        "Concatenate",
                        f"inputs must agree on all axes but {axis}",
                        [tuple(shape) for shape in input_shape],
                    )
                )

    def call(self, inputs: Sequence[Any]) -> Any:
        """Join."""
        return ops.concatenate(list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Sequence[Any], mask: Any = None) -> Any:
        """The joined masks; along the last axis, steps that are kept in any of them."""
        if mask is None:
            return None
        check_masks(inputs, mask)
        if all(one is None for one in mask):
            return None
        rank = len(inputs[0].shape)
        spread = []
        for x, one in zip(inputs, mask, strict=True):
            if one is None:
                spread.append(ops.ones_like(x, dtype="bool"))
                continue
            while len(one.shape) < rank:
                one = ops.expand_dims(one, axis=-1)
            spread.append(ops.logical_and(one, ops.ones_like(x, dtype="bool")))
        return ops.any(ops.concatenate(spread, axis=self.axis), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "axis": self.axis}


def concatenate(inputs: Sequence[Any], axis: int = -1, **kwargs: Any) -> Any:
    """``Concatenate(axis)(inputs)``."""
    return Concatenate(axis=axis, **kwargs)(inputs)
