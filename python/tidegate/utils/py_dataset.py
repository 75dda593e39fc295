"""Data that comes batch by batch, each by its number."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

from ..errors import message

__all__ = ["PyDataset"]


class PyDataset:
    """Base class of data sets for ``fit``: ``__len__`` counts batches, ``__getitem__`` makes one.

    Args:
        workers: how many threads make batches ahead; 1 makes each when it is needed.
        use_multiprocessing: threads are used all the same; said once by a warning.
        max_queue_size: how many batches are made ahead at most.

    A batch is ``x``, ``(x, y)`` or ``(x, y, sample_weight)``. ``on_epoch_begin`` and
    ``on_epoch_end`` are called at those times.

    >>> import numpy as np
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         x = np.arange(4.0) + 4 * index
    ...         return x, x**2
    >>> len(list(Squares()))
    3
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size
        if use_multiprocessing:
            warnings.warn(
                "PyDataset: use_multiprocessing=True makes threads in tidegate. "
                "Hint: workers= says how many.",
                stacklevel=2,
            )

    def _option(self, name: str, default: Any) -> Any:
        if name not in vars(self):
            warnings.warn(
                "Your `PyDataset` class should call `super().__init__(**kwargs)` in its "
                "constructor. `**kwargs` can include `workers`, `use_multiprocessing`, "
                "`max_queue_size`. Do not pass these arguments to `fit()`, as they will be "
                "ignored.",
                stacklevel=3,
            )
            setattr(self, name, default)
        return getattr(self, name)

    @property
    def workers(self) -> int:
        """How many threads make batches ahead."""
        return self._option("_workers", 1)

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = value

    @property
    def use_multiprocessing(self) -> bool:
        """Has no effect: threads are used."""
        return self._option("_use_multiprocessing", False)

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = value

    @property
    def max_queue_size(self) -> int:
        """How many batches are made ahead at most."""
        return self._option("_max_queue_size", 10)

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = value

    def __getitem__(self, index: int) -> Any:
        """The batch of this number; written by subclasses."""
        raise NotImplementedError(
            message("PyDataset", f"{type(self).__name__} must write __getitem__(index)")
        )

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    @property
    def num_batches(self) -> int | None:
        """``len(self)``; None for data without an end, of a class without ``__len__``."""
        return len(self) if hasattr(self, "__len__") else None

    def on_epoch_begin(self) -> None:
        """Called before the first batch of an epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of an epoch."""
