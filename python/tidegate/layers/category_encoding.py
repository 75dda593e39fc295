"""Integers as vectors: one-hot, multi-hot, counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..errors import message, not_offered
from ..symbolic import KerasTensor
from .layer import Layer

__all__ = ["CategoryEncoding", "encode", "encoded_shape"]


def encode(ids: Any, mode: str, depth: int, dtype: str, weights: Any = None) -> Any:
    """An array of ids as an array of vectors; ids outside of [0, depth) give nothing.

    Args:
        mode: "one_hot" (one vector for each id, a last axis of 1 is dropped), "multi_hot" (1 where
            an id occurs along axis 1) or "count" (how often it does).
        weights: of each id, for "count".

    >>> encode(np.array([[0, 2, 2]]), "count", 3, "float32")
    array([[1., 0., 2.]], dtype=float32)
    """
    ids = np.asarray(ids)
    if ids.ndim == 0:
        ids = ids.reshape(1)
    if mode == "one_hot" and ids.ndim > 1 and ids.shape[-1] == 1:
        ids = ids[..., 0]
    vectors = (ids[..., None] == np.arange(depth)).astype(dtype)
    if mode == "one_hot":
        return vectors
    axis = 1 if ids.ndim > 1 else 0
    if mode == "multi_hot":
        return vectors.max(axis=axis, initial=0)
    if weights is not None:
        vectors = vectors * np.asarray(weights, dtype)[..., None]
    return vectors.sum(axis=axis, dtype=dtype)


def encoded_shape(shape: Any, mode: str, depth: int | None) -> tuple[int | None, ...]:
    """The shape of ``encode``'s result."""
    shape = tuple(shape)
    if not shape:
        return (depth,)
    if mode == "one_hot" and (len(shape) == 1 or shape[-1] != 1):
        return (*shape, depth)
    return (*shape[:-1], depth)


class CategoryEncoding(Layer):
    """Integer classes as vectors of ``num_tokens`` numbers.

    Args:
        num_tokens: number of classes.
        output_mode: "multi_hot" (default), "one_hot" or "count".
        sparse: for Keras' signature; False alone.

    Call arguments: ``inputs`` [B, N] or [B]; ``count_weights`` of their shape, for "count".

    Raises:
        ValueError: an unknown mode, a number below 1, weights in another mode than "count".

    >>> import numpy as np
    >>> CategoryEncoding(num_tokens=3)(np.array([[0, 2]])).numpy()
    array([[1., 0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if output_mode == "binary":
            output_mode = "multi_hot"
        if output_mode not in ("count", "one_hot", "multi_hot"):
            raise ValueError(message("CategoryEncoding", "unknown output_mode", output_mode))
        if num_tokens is None or num_tokens < 1:
            raise ValueError(
                message("CategoryEncoding", "num_tokens must be a positive int", num_tokens)
            )
        if sparse:
            raise not_offered("CategoryEncoding", "sparse=True")
        self.num_tokens, self.output_mode, self.sparse = num_tokens, output_mode, sparse

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """Encode."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                message(self.name, 'count_weights go with "count" alone', self.output_mode)
            )
        weights = None if count_weights is None else ops.convert_to_numpy(count_weights)
        ids = ops.convert_to_numpy(inputs)
        return ops.convert_to_tensor(
            encode(ids, self.output_mode, self.num_tokens, self.compute_dtype, weights)
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with the vectors."""
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule."""
        return KerasTensor(self.compute_output_shape(args[0].shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "num_tokens": self.num_tokens,
            "output_mode": self.output_mode,
        }
