"""One data set as two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import message
from ..random import SeedGenerator, permutation
from .py_dataset import PyDataset

__all__ = ["split_dataset"]


class _Part:
    """Some samples of a data set: iterated one by one, or in batches after ``batch``."""

    def __init__(self, source: Any, numbers: Any) -> None:
        self._source = source
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Any:
        return self._at(self._numbers[index])

    def __iter__(self) -> Iterator[Any]:
        return (self._at(number) for number in self._numbers)

    def _at(self, rows: Any) -> Any:
        source = self._source
        if isinstance(source, (list, tuple)):
            return tuple(array[rows] for array in source)
        return source[rows]

    def batch(self, batch_size: int) -> PyDataset:
        """The samples of arrays in batches, for ``fit``."""
        return _Batched(self, batch_size)


class _Batched(PyDataset):
    keeps_order = True

    def __init__(self, part: _Part, batch_size: int) -> None:
        super().__init__()
        self._part = part
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self._part) // self._batch_size)

    def __getitem__(self, index: int) -> Any:
        rows = slice(index * self._batch_size, (index + 1) * self._batch_size)
        return self._part._at(self._part._numbers[rows])


def split_dataset(
    dataset: Any,
    left_size: float | None = None,
    right_size: float | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[_Part, _Part]:
    """The first and the last samples of a data set.

    Args:
        dataset: an array, a list or tuple of equally long arrays, or anything with ``__len__`` and
            ``__getitem__`` (a ``PyDataset``, a data set of torch).
        left_size, right_size: a number of samples or a share in (0, 1); one of them may be None.
        shuffle: choose the samples at random.
        seed: of that choice.
        preferred_backend: accepted, without effect.

    Returns:
        Two objects with ``__len__``, ``__getitem__`` and ``__iter__`` over samples (tuples for
        several arrays), and ``batch(batch_size)`` that gives a ``PyDataset`` for ``fit``.

    Raises:
        ValueError: no size, sizes out of range, arrays of unequal length.
        TypeError: a size that is no number, a data set that has no samples by number.

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> len(left), list(map(int, right))
    (8, [8, 9])
    """
    count = _count(dataset)
    if left_size is None and right_size is None:
        raise ValueError(
            message("split_dataset", "left_size or right_size must be given", "None and None")
        )
    left, right = _sizes(left_size, right_size, count)
    numbers = np.arange(count)
    if shuffle:
        numbers = numbers[permutation(count, SeedGenerator(seed))]
    return _Part(dataset, numbers[:left]), _Part(dataset, numbers[count - right :])


def _count(dataset: Any) -> int:
    if isinstance(dataset, (list, tuple)):
        lengths = {len(array) for array in dataset if isinstance(array, np.ndarray)}
        if len(lengths) != 1 or not all(isinstance(array, np.ndarray) for array in dataset):
            raise ValueError(
                message(
                    "split_dataset",
                    "a list must hold arrays of equal length",
                    [getattr(array, "shape", type(array).__name__) for array in dataset],
                )
            )
        return lengths.pop()
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        raise TypeError(
            message(
                "split_dataset",
                "dataset must be an array, a list of arrays, or have samples by number",
                type(dataset).__name__,
            )
        )
    return len(dataset)


def _sizes(left: Any, right: Any, count: int) -> tuple[int, int]:
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            continue
        if type(size) not in (int, float):
            raise TypeError(message("split_dataset", f"{name} must be an int or a float", size))
        if not 0 < size < (count if type(size) is int else 1):
            raise ValueError(
                message(
                    "split_dataset", f"{name} must be in (0, {count}), or a share in (0, 1)", size
                )
            )
    if type(left) is type(right) is float and left + right > 1:
        raise ValueError(
            message("split_dataset", "the shares must add up to at most 1", left + right)
        )
    sizes = [round(s * count) if type(s) is float else s for s in (left, right)]
    if sizes[0] is None:
        sizes[0] = count - sizes[1]
    if sizes[1] is None:
        sizes[1] = count - sizes[0]
    if sum(sizes) > count or 0 in sizes:
        raise ValueError(
            message("split_dataset", f"both parts must fit into {count} samples", sizes)
        )
    return sizes[0], sizes[1]
