"""Sequences of unequal length to one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["pad_sequences"]


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float | str = 0.0,
) -> np.ndarray:
    """Pad or cut sequences to one length: array [B, maxlen, ...].

    Args:
        sequences: list of sequences (each a list or array [T_i, ...]).
        maxlen: length of all; default the longest.
        dtype: of the result.
        padding: "pre" or "post", where ``value`` is put. ``mask_zero=True`` takes both; "post"
            is what most libraries call right padding.
        truncating: "pre" or "post", where a sequence that is too long loses steps.
        value: of the padding.

    Raises:
        ValueError: sequences of unequal inner shape, an unknown ``padding`` or ``truncating``.

    Example:

    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
    array([[0, 1],
           [2, 3],
           [5, 6]], dtype=int32)
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError(
            f"[pad_sequences] sequences must be iterable. Received: {type(sequences).__name__}."
        )
    for name, option in (("padding", padding), ("truncating", truncating)):
        if option not in ("pre", "post"):
            raise ValueError(f"[pad_sequences] {name} must be 'pre' or 'post'. Received: {option}.")
    try:
        lengths = [len(sequence) for sequence in sequences]
    except TypeError as error:
        raise ValueError(
            "[pad_sequences] sequences must be a list of sequences. "
            f"Received: an element without a length ({error}). Hint: [[1, 2], [3]], not [1, 2, 3]."
        ) from None
    maxlen = max(lengths, default=0) if maxlen is None else maxlen
    sample_shape = next((np.asarray(s).shape[1:] for s in sequences if len(s)), ())
    dtype = object if dtype is str else np.dtype(dtype)
    if (
        isinstance(value, str)
        and dtype is not object
        and dtype != "O"
        and not np.issubdtype(dtype, np.str_)
    ):
        raise ValueError(
            f"[pad_sequences] dtype must be object or str for a string value. Received: {dtype}."
        )
    padded = np.full((len(lengths), maxlen, *sample_shape), value, dtype=dtype)
    for row, sequence in zip(padded, sequences, strict=True):
        if not len(sequence) or not maxlen:
            continue
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != sample_shape:
            raise ValueError(
                "[pad_sequences] all sequences must have the same inner shape "
                f"{list(sample_shape)}. Received: {list(kept.shape[1:])}."
            )
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[-len(kept) :] = kept
    return padded
