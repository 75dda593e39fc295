"""The product of two tensors, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..errors import message
from .merging import Merge, shapes_of

__all__ = ["Dot", "dot"]


class Dot(Merge):
    """Sums over one axis of each of two tensors: [B, ..., K] and [B, K, ...] -> [B, ..., ...].

    Args:
        axes: the axis to sum over, of both, or one for each.
        normalize: divide by the length along that axis first: cosine similarity.

    The output has no mask.

    Raises:
        TypeError, ValueError: axes that are no int and no pair of ints; unequal lengths.

    >>> import numpy as np
    >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).numpy()
    array([[11.]], dtype=float32)
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, (int, list, tuple)):
            raise TypeError(message("Dot", "axes must be an int or a pair of ints", repr(axes)))
        if not isinstance(axes, int) and (
            len(axes) != 2 or not all(isinstance(axis, int) for axis in axes)
        ):
            raise ValueError(message("Dot", "axes must be an int or a pair of ints", repr(axes)))
        self.axes = axes
        self.normalize = normalize

    def _pair(self, shapes: Sequence[Any]) -> tuple[int, int]:
        """The axis of each input, counted from the front."""
        given = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        first, second = (
            axis % len(shape) if axis < 0 else axis
            for axis, shape in zip(given, shapes, strict=True)
        )
        return first, second

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Both shapes without the axes that are summed over, and one batch axis."""
        shapes = shapes_of("Dot", input_shape)
        if len(shapes) != 2:
            raise ValueError(message(self.name, "the layer takes exactly 2 inputs", shapes))
        first, second = self._pair(shapes)
        for shape, axis in zip(shapes, (first, second), strict=True):
            if not 0 < axis < len(shape):
                raise ValueError(
                    message(self.name, "axes must be axes of the inputs, not the batch's", shapes)
                )
        a, b = shapes[0][first], shapes[1][second]
        if a != b and None not in (a, b):
            raise ValueError(
                message(self.name, f"axes {(first, second)} must be equally long", f"{a} and {b}")
            )
        left = [n for i, n in enumerate(shapes[0]) if i != first]
        right = [n for i, n in enumerate(shapes[1]) if i not in (0, second)]
        return (*left, *right) if len(left) + len(right) > 1 else (*left, 1)

    def call(self, inputs: Any) -> Any:
        """One product for each sample."""
        shapes = [tuple(x.shape) for x in inputs]
        first, second = self._pair(shapes)
        x, y = inputs
        if self.normalize:
            x, y = ops.normalize(x, axis=first), ops.normalize(y, axis=second)
        out = self.compute_output_shape(shapes)
        if None in out:
            out = tuple(-1 if n is None else n for n in out)
        length = shapes[0][first]
        x = ops.moveaxis(x, first, len(shapes[0]) - 1)
        y = ops.moveaxis(y, second, 1)
        batch = -1 if shapes[0][0] is None else shapes[0][0]
        x = ops.reshape(x, (batch, _size(x.shape[1:-1]), length))
        y = ops.reshape(y, (batch, length, _size(y.shape[2:])))
        return ops.reshape(ops.matmul(x, y), out)

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule."""
        from ..symbolic import KerasTensor

        return KerasTensor(
            self.compute_output_shape([x.shape for x in args[0]]), self.compute_dtype
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """There is none."""
        return

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def _size(shape: tuple[int, ...]) -> int:
    return math.prod(shape)


def dot(inputs: Sequence[Any], axes: Any = -1, **kwargs: Any) -> Any:
    """``Dot(axes)(inputs)``."""
    return Dot(axes=axes, **kwargs)(inputs)
