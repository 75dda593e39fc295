"""Windows of a time series as batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import message, not_offered
from ..random import SeedGenerator, permutation
from .py_dataset import PyDataset

__all__ = ["timeseries_dataset_from_array"]


class _Windows(PyDataset):
    """Batches of windows, gathered when they are asked for."""

    # ``fit`` leaves the order of the batches alone: that of a tf.data.Dataset is its own, too.
    keeps_order = True

    def __init__(
        self, data: Any, targets: Any, starts: Any, offsets: Any, batch_size: int, seed: Any
    ) -> None:
        super().__init__()
        self._data = data
        self._targets = targets
        self._starts = starts
        self._offsets = offsets
        self._batch_size = batch_size
        self._seed = seed
        self._shuffle()

    def _shuffle(self) -> None:
        if self._seed is not None:
            self._starts = self._starts[permutation(len(self._starts), self._seed)]

    def __len__(self) -> int:
        return -(-len(self._starts) // self._batch_size)

    def __getitem__(self, index: int) -> Any:
        size = self._batch_size
        starts = self._starts[index * size : (index + 1) * size]
        windows = self._data[starts[:, None] + self._offsets]
        return windows if self._targets is None else (windows, self._targets[starts])

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        self._shuffle()

    def on_epoch_end(self) -> None:
        """A new order for the next epoch, if asked for."""
        self._shuffle()


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> PyDataset:
    """Windows of a series as a data set for ``fit``: window [L, ...] from i on, ``targets[i]``.

    Args:
        data: the series [N, ...].
        targets: one per start of a window, or None.
        sequence_length: L, steps of a window.
        sequence_stride: steps between the starts of two windows.
        sampling_rate: steps between two steps of a window.
        batch_size: windows per batch.
        shuffle: a new order for each pass.
        seed: of that order.
        start_index, end_index: only this part of the data.
        format: accepted; the data set is a ``PyDataset`` of NumPy arrays.

    Raises:
        ValueError: an index, stride or rate out of range, an unknown format.

    >>> import numpy as np
    >>> series = np.arange(10.0)
    >>> data = timeseries_dataset_from_array(series, series[3:], 3, batch_size=4)
    >>> x, y = data[0]
    >>> x[1], y[1]
    (array([1., 2., 3.]), np.float64(4.0))
    """
    data = np.asarray(data)
    _check(len(data), sequence_stride, sampling_rate, start_index, end_index)
    if format not in ("tf", "grain"):
        raise ValueError(
            message("timeseries_dataset_from_array", 'format must be "tf" or "grain"', format)
        )
    if batch_size is None:
        raise not_offered("timeseries_dataset_from_array", "batch_size=None", "a number of windows")
    first = start_index or 0
    last = len(data) if end_index is None else end_index
    count = last - first - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = np.asarray(targets)
        count = min(count, len(targets))
        targets = targets[first:last]
    return _Windows(
        data[first:last],
        targets,
        np.arange(0, count, sequence_stride),
        np.arange(sequence_length) * sampling_rate,
        batch_size,
        SeedGenerator(seed) if shuffle else None,
    )


def _check(size: int, stride: int, rate: int, start: int | None, end: int | None) -> None:
    def fail(rule: str, received: Any) -> None:
        raise ValueError(message("timeseries_dataset_from_array", rule, received))

    if start and not 0 <= start < size:
        fail(f"start_index must be in [0, {size})", start)
    if end:
        if start and end <= start:
            fail("end_index must be above start_index", f"{end}, start_index {start}")
        if not 0 < end < size:
            fail(f"end_index must be in (0, {size})", end)
    for name, value in (("sampling_rate", rate), ("sequence_stride", stride)):
        if not 0 < value < size:
            fail(f"{name} must be in (0, {size})", value)
