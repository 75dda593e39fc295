"""Rows of a table by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.devices import kernels
from tidegate.errors import message
from tidegate.ops.layout import compact, rows
from tidegate.ops.op import Array, Context, Op, Spec


def _as_int32(ids: Array) -> Array:
    """The ids as a flat int32 array; one that does not fit is an error, not another id."""
    if ids.dtype.kind not in "iu":
        raise TypeError(
            message(
                "embedding",
                "ids must be integers",
                ids.dtype,
                'ops.cast(x, "int32") if these are whole numbers',
            )
        )
    narrow = compact(ids).reshape(-1).astype(np.int32, copy=False)
    if ids.dtype.itemsize >= 4 and ids.dtype != np.int32:
        wrong = np.flatnonzero(narrow != ids.reshape(-1))
        if wrong.size:
            raise IndexError(
                message(
                    "embedding",
                    "ids must fit int32",
                    f"{ids.reshape(-1)[wrong[0]]} at position {wrong[0]}",
                )
            )
    return narrow


class _Embedding(Op):
    name = "embedding"
    compiled = True
    moves = True

    @staticmethod
    def forward(ctx: Context | None, ids: Array, embeddings: Array) -> Array:
        flat = _as_int32(ids)
        y = kernels().embedding_forward(flat, compact(embeddings))
        if ctx is not None:
            ctx.saved = (flat, embeddings.shape[0])
        return y.reshape(*ids.shape, embeddings.shape[1])

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[None, Array]:
        flat, input_dim = ctx.saved
        return None, kernels().embedding_backward(flat, rows(dy), input_dim)

    @staticmethod
    def shape(ids: Spec, embeddings: Spec) -> Spec:
        return Spec((*ids.shape, embeddings.shape[1]), embeddings.dtype)


_embedding = _Embedding()


def embedding(ids: Any, embeddings: Any) -> Any:
    """The rows of `embeddings` with these numbers.

    Args:
        ids: integers of any shape [...], each in [0, V)
        embeddings: [V, D]

    Returns:
        [..., D]

    Raises:
        IndexError: an id outside, by its position and value, before anything is computed.
        TypeError: ids that are not integers.

    >>> embedding([1, 0], [[0.0, 0.5], [1.0, 1.5]]).numpy()
    array([[1. , 1.5],
           [0. , 0.5]], dtype=float32)
    """
    return _embedding(ids, embeddings)
