"""Several tensors to one, element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from ..errors import message
from ..symbolic import KerasTensor
from .layer import Layer

__all__ = [
    "Add",
    "Average",
    "Maximum",
    "Merge",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


class Merge(Layer):
    """Base of the merging layers: takes a list of tensors of shapes that broadcast.

    Tensors of fewer axes get axes of length 1 after the batch axis. The output's mask keeps a step
    that any input keeps; there is none if an input has none.
    """

    exactly_two = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def merge(self, inputs: list[Any]) -> Any:
        """The equation; written by subclasses."""
        raise NotImplementedError(message(self.name, "a merging layer must write merge(inputs)"))

    def build(self, input_shape: Any) -> None:
        """Check the shapes."""
        self.compute_output_shape(input_shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that all broadcast to."""
        shapes = shapes_of(type(self).__name__, input_shape)
        if self.exactly_two and len(shapes) != 2:
            raise ValueError(message(self.name, "the layer takes exactly 2 inputs", shapes))
        batches = {shape[0] for shape in shapes if shape} - {None}
        if len(batches) > 1:
            raise ValueError(
                message(self.name, "inputs must have the same number of samples", shapes)
            )
        inner: tuple[int | None, ...] = shapes[0][1:]
        for shape in shapes[1:]:
            inner = _broadcast(self.name, inner, shape[1:])
        return (batches.pop() if batches else None, *inner)

    def call(self, inputs: Any) -> Any:
        """Bring the inputs to one rank and merge."""
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(
                message(self.name, "the layer takes a list of tensors", "a single tensor")
            )
        rank = max(len(x.shape) for x in inputs)
        return self.merge([_with_rank(x, rank) for x in inputs])

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Steps that any input keeps; None if an input has no mask."""
        if mask is None:
            return None
        check_masks(inputs, mask)
        if any(one is None for one in mask):
            return None
        return _fold(ops.logical_or, mask)


def shapes_of(owner: str, input_shape: Any) -> list[tuple[int | None, ...]]:
    """A list of shapes, checked to be one.

    Raises:
        ValueError: the shape of a single tensor.
    """
    several = isinstance(input_shape, (list, tuple)) and all(
        isinstance(shape, (list, tuple)) for shape in input_shape
    )
    if not several or not input_shape:
        raise ValueError(
            message(owner, "the input must be a list of tensors", f"shape {input_shape}")
        )
    return [tuple(shape) for shape in input_shape]


def check_masks(inputs: Any, mask: Any) -> None:
    """Raise ValueError unless inputs and masks are lists of one length."""
    for name, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, (list, tuple)):
            raise ValueError(
                message("compute_mask", f"{name} must be a list", type(value).__name__)
            )
    if len(mask) != len(inputs):
        raise ValueError(
            message(
                "compute_mask",
                "inputs and mask must have the same length",
                f"{len(inputs)} and {len(mask)}",
            )
        )


def _broadcast(
    name: str, a: tuple[int | None, ...], b: tuple[int | None, ...]
) -> tuple[int | None, ...]:
    """Keras' rule: an axis that one input does not know is not known afterwards."""
    if len(a) < len(b):
        a, b = b, a
    sizes: list[int | None] = list(a[: len(a) - len(b)])
    for i, j in zip(a[len(a) - len(b) :], b, strict=True):
        if i is None or j is None:
            sizes.append(None)
        elif i == 1 or j == 1 or i == j:
            sizes.append(j if i == 1 else i)
        else:
            raise ValueError(
                message(name, "inputs must have shapes that broadcast", f"{a} and {b}")
            )
    return tuple(sizes)


def _with_rank(x: Any, rank: int) -> Any:
    mask = x.mask
    y = x
    while len(y.shape) < rank:
        y = ops.expand_dims(y, axis=1)
    if y is not x:
        y.mask = mask
    return y


def _fold(function: Callable[[Any, Any], Any], values: Sequence[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = function(total, value)
    return total


def _kept(x: Any) -> Any:
    """The mask of a tensor spread over its features, or None."""
    if x.mask is None or isinstance(x, KerasTensor):
        return None
    values = ops.convert_to_tensor(x.mask.values)
    while len(values.shape) < len(x.shape):
        values = ops.expand_dims(values, axis=-1)
    return values


def _fold_kept(function: Callable[[Any, Any], Any], inputs: list[Any]) -> Any:
    """As ``_fold``, but where a step is masked in one input the other's value stands."""
    total, kept = inputs[0], _kept(inputs[0])
    for x in inputs[1:]:
        mask = _kept(x)
        if mask is not None:
            x = ops.where(mask, x, total)
        if kept is not None:
            total = ops.where(kept, total, x)
        kept = ops.logical_or(kept, mask) if kept is not None and mask is not None else None
        total = function(total, x)
    return total


class Add(Merge):
    """The sum of a list of tensors.

    >>> import numpy as np
    >>> Add()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])]).numpy()
    array([[11., 22.]], dtype=float32)
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Add them up."""
        return _fold(ops.add, inputs)


class Subtract(Merge):
    """The first of two tensors minus the second.

    >>> import numpy as np
    >>> Subtract()([np.array([[1.0, 2.0]]), np.array([[3.0, 3.0]])]).numpy()
    array([[-2., -1.]], dtype=float32)
    """

    exactly_two = True

    def merge(self, inputs: list[Any]) -> Any:
        """Subtract."""
        return ops.subtract(inputs[0], inputs[1])


class Multiply(Merge):
    """The product of a list of tensors, element by element.

    A step that is masked in an input counts as 1 there; one that no input keeps gives 0.

    >>> import numpy as np
    >>> Multiply()([np.array([[1.0, 2.0]]), np.array([[3.0, 3.0]])]).numpy()
    array([[3., 6.]], dtype=float32)
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Multiply."""
        kept = [_kept(x) for x in inputs]
        factors = [
            x if mask is None else ops.where(mask, x, 1.0)
            for x, mask in zip(inputs, kept, strict=True)
        ]
        y = _fold(ops.multiply, factors)
        if any(mask is None for mask in kept):
            return y
        return ops.where(_fold(ops.logical_or, kept), y, 0.0)


class Average(Merge):
    """The mean of a list of tensors.

    >>> import numpy as np
    >>> Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 3.0]])]).numpy()
    array([[2. , 2.5]], dtype=float32)
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Sum, divided by their number."""
        return _fold(ops.add, inputs) / len(inputs)


class Maximum(Merge):
    """The largest of a list of tensors, element by element; masked steps do not take part.

    >>> import numpy as np
    >>> Maximum()([np.array([[1.0, 4.0]]), np.array([[3.0, 3.0]])]).numpy()
    array([[3., 4.]], dtype=float32)
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The largest."""
        return _fold_kept(ops.maximum, inputs)


class Minimum(Merge):
    """The smallest of a list of tensors, element by element; masked steps do not take part.

    >>> import numpy as np
    >>> Minimum()([np.array([[1.0, 4.0]]), np.array([[3.0, 3.0]])]).numpy()
    array([[1., 3.]], dtype=float32)
    """

    def merge(self, inputs: list[Any]) -> Any:
        """The smallest."""
        return _fold_kept(ops.minimum, inputs)


def add(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Add()(inputs)``."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Subtract()(inputs)``."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Multiply()(inputs)``."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Average()(inputs)``."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Maximum()(inputs)``."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Sequence[Any], **kwargs: Any) -> Any:
    """``Minimum()(inputs)``."""
    return Minimum(**kwargs)(inputs)
