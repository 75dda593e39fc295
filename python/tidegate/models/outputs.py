"""The outputs of many batches as one array each."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tree

__all__ = ["Gathered"]


class Gathered:
    """Collects batches; each output is allocated once and every batch is copied once.

    >>> from tidegate import ops
    >>> outputs = Gathered(3)
    >>> outputs.add(ops.ones((2, 1)))
    >>> outputs.add(ops.zeros((1, 1)))
    >>> outputs.result().tolist()
    [[1.0], [1.0], [0.0]]
    """

    def __init__(self, size: int | None) -> None:
        self._size = size  # None: not known, the batches are kept and joined at the end
        self._batches: list[list[Any]] = []
        self._structure: Any = None
        self._arrays: list[Any] = []
        self._filled = 0

    def add(self, outputs: Any) -> None:
        """Append the outputs of one batch."""
        leaves = [leaf.numpy() for leaf in tree.flatten(outputs)]
        if self._size is None:
            self._structure = outputs
            self._batches.append([leaf.copy() for leaf in leaves])
            return
        if not self._arrays:
            self._structure = outputs
            self._arrays = [np.empty((self._size, *leaf.shape[1:]), leaf.dtype) for leaf in leaves]
        rows = len(leaves[0])
        for array, leaf in zip(self._arrays, leaves, strict=True):
            array[self._filled : self._filled + rows] = leaf
        self._filled += rows

    def result(self) -> Any:
        """The arrays, in the structure of the outputs."""
        if self._size is None:
            self._arrays = [np.concatenate(parts) for parts in zip(*self._batches, strict=True)]
            self._filled = len(self._arrays[0])
        return tree.pack_sequence_as(
            self._structure, [array[: self._filled] for array in self._arrays]
        )
