"""The mask of a batch of sequences, with what the time loop asks of it worked out once."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.errors import message

Array = np.ndarray[Any, np.dtype[Any]]


class Mask:
    """Which steps count: bool [B, T], True = use this step.

    Attributes (worked out at the first use, then kept; the values must not change afterwards):
        values: bool [B, T], C-contiguous.
        kind: "full" (every step counts), "right" (padding at the end), "left" (padding at the
            start) or "holes" (anything else).
        lengths: int32 [B], the number of steps that count.
        order: int32 [B], the rows sorted by length, longest first, ties in their old order.

    Raises:
        ValueError: `kind`, `lengths` or `order` of a mask that is not [B, T].

    Source: keras.md 2.6 for the meaning; performance.md for sorting rows by length.

    >>> mask = Mask([[True, True, False], [True, True, True]])
    >>> mask.kind, mask.lengths.tolist(), mask.order.tolist()
    ('right', [2, 3], [1, 0])
    """

    __slots__ = ("_kind", "_lengths", "_order", "values")

    values: Array

    def __init__(self, values: Any) -> None:
        array = getattr(values, "_value", values)
        if isinstance(array, Mask):
            array = array.values
        # An integer or float mask is cast, as Keras does.
        self.values = np.ascontiguousarray(array, dtype=np.bool_)
        self._kind: str | None = None
        self._lengths: Array | None = None
        self._order: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of `values`, [B, T]."""
        return self.values.shape

    @property
    def ndim(self) -> int:
        """The number of axes, 2 for sequences."""
        return self.values.ndim

    @property
    def lengths(self) -> Array:
        """int32 [B]: how many steps of each row count."""
        if self._lengths is None:
            self._lengths = self._rows().sum(axis=1, dtype=np.int32)
        return self._lengths

    @property
    def order(self) -> Array:
        """int32 [B]: row numbers, longest row first (stable)."""
        if self._order is None:
            self._order = np.argsort(-self.lengths, kind="stable").astype(np.int32)
        return self._order

    @property
    def kind(self) -> str:
        """ "full", "right", "left" or "holes"."""
        if self._kind is None:
            self._kind = self._classify()
        return self._kind

    def reversed(self) -> Mask:
        """The same mask with the steps in opposite order."""
        return Mask(self._rows()[:, ::-1])

    def numpy(self) -> Array:
        """The booleans as a read-only array."""
        view = self.values.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if dtype is not None and np.dtype(dtype) != np.bool_:
            return self.values.astype(dtype)
        return self.values.copy() if copy else self.numpy()

    def __repr__(self) -> str:
        return f"Mask(shape={self.shape}, kind={self.kind if self.ndim == 2 else None!r})"

    def _rows(self) -> Array:
        if self.values.ndim != 2:
            raise ValueError(
                message("mask", "a mask of sequences must be [B, T]", f"shape {self.shape}")
            )
        return self.values

    def _classify(self) -> str:
        steps = self._rows().shape[1]
        lengths = self.lengths
        if lengths.size == 0 or int(lengths.min()) == steps:
            return "full"
        position = np.arange(steps, dtype=np.int32)
        if np.array_equal(self.values, position < lengths[:, None]):
            return "right"
        if np.array_equal(self.values, position >= steps - lengths[:, None]):
            return "left"
        return "holes"
