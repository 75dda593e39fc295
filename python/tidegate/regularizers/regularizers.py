"""Penalties on weights and outputs."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..errors import message

__all__ = ["L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer"]


class Regularizer:
    """Base class: ``__call__(x)`` gives a number that is added to the loss.

    >>> class Sums(Regularizer):
    ...     def __call__(self, x):
    ...         return ops.sum(x)
    >>> float(Sums()(ops.ones((2, 3))))
    6.0
    """

    def __call__(self, x: Any) -> Any:
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """The inverse of ``get_config``."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments; written by subclasses that are saved."""
        raise NotImplementedError(
            message("regularizer", f"{type(self).__name__} must write get_config")
        )


class L1L2(Regularizer):
    """``l1 * sum(abs(x)) + l2 * sum(x**2)``.

    Raises:
        ValueError: a factor that is no finite number of at least 0.

    >>> float(L1L2(l1=0.5, l2=1.0)(ops.ones((2, 2))))
    6.0
    """

    def __init__(self, l1: Any = 0.0, l2: Any = 0.0) -> None:
        self.l1 = _factor("l1", 0.0 if l1 is None else l1)
        self.l2 = _factor("l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        penalty = self.l1 * ops.sum(ops.abs(x)) if self.l1 else ops.zeros((), dtype=x.dtype)
        return penalty + self.l2 * ops.sum(ops.square(x)) if self.l2 else penalty

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """``l1 * sum(abs(x))``; weights of little use go to 0.

    >>> float(L1(0.5)(ops.ones((2, 2))))
    2.0
    """

    def __init__(self, l1: Any = 0.01) -> None:
        self.l1 = _factor("l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> Any:
        return self.l1 * ops.sum(ops.abs(x))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"l1": self.l1}


class L2(Regularizer):
    """``l2 * sum(x**2)``; weights stay small.

    >>> float(L2(0.5)(ops.ones((2, 2))))
    2.0
    """

    def __init__(self, l2: Any = 0.01) -> None:
        self.l2 = _factor("l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        return self.l2 * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """``factor`` times the mean of the absolute cosines between the rows (or columns) of a matrix.

    Raises:
        ValueError: an unknown mode, a factor out of range, x that is no matrix.

    >>> float(OrthogonalRegularizer(1.0)(ops.eye(3)))
    0.0
    """

    def __init__(self, factor: Any = 0.01, mode: str = "rows") -> None:
        self.factor = _factor("factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                message("OrthogonalRegularizer", 'mode must be "rows" or "columns"', repr(mode))
            )
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        if len(inputs.shape) != 2:
            raise ValueError(
                message("OrthogonalRegularizer", "x must be a matrix", list(inputs.shape))
            )
        vectors = inputs if self.mode == "rows" else ops.transpose(inputs)
        squares = ops.sum(ops.square(vectors), axis=1, keepdims=True)
        vectors = vectors * ops.rsqrt(ops.maximum(squares, 1e-24))
        size = vectors.shape[0]
        cosines = ops.matmul(vectors, ops.transpose(vectors))
        others = cosines * (1.0 - ops.eye(size, dtype=inputs.dtype))
        return ops.sum(ops.abs(others)) * (self.factor * 0.5 / (size * (size - 1.0) / 2.0))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"factor": self.factor, "mode": self.mode}


def _factor(name: str, value: Any) -> float:
    if not isinstance(value, (float, int)) or not math.isfinite(value) or value < 0:
        raise ValueError(
            message("regularizer", f"{name} must be a finite number of at least 0", repr(value))
        )
    return float(value)


# Keras gives each class its snake name too.
l1 = L1
l1_l2 = L1L2
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer
