"""Attention with several heads."""

from __future__ import annotations

import math
from typing import Any

from .. import initializers, ops, regularizers
from ..errors import message
from ..symbolic import KerasTensor
from .activation_layers import Softmax
from .attention import causal_mask
from .dropout import Dropout
from .layer import Layer
from .projection import Projection
from .weight_rules import rules_config, set_rules

__all__ = ["MultiHeadAttention"]

_MASKED = -1e9


class MultiHeadAttention(Layer):
    """``softmax(Q Kᵀ / sqrt(key_dim)) V`` for each head, and a projection of all heads together.

    Args:
        num_heads: N.
        key_dim: size of a head's queries and keys.
        value_dim: size of a head's values, default ``key_dim``.
        dropout: rate for the weights, in training.
        use_bias: of the projections.
        output_shape: of the features of the output, default the query's.
        attention_axes: over which steps run, default all but batch and features.
        sliding_window: steps further apart than this do not see each other.
        use_gate: multiply what a head gives by a sigmoid of the query.
        kernel_initializer, bias_initializer: of the projections.
        activity_regularizer: penalty on what each projection gives.
        flash_attention: accepted, without effect; True with a dropout is an error as in Keras.
        seed: of the dropout.

    Call arguments: ``query`` [B, Tq, F], ``value`` [B, Tv, F'], ``key`` [B, Tv, F''] (default the
    value); ``query_mask``, ``value_mask``, ``key_mask`` [B, T]; ``attention_mask`` [B, Tq, Tv] or
    [B, N, Tq, Tv]; ``use_causal_mask``; ``return_attention_scores``: the weights [B, N, Tq, Tv]
    too. Output [B, Tq, F] with the query's mask.

    Weights, in order: query/kernel [F, N, key_dim], bias [N, key_dim]; key; value; (gate);
    attention_output/kernel [N, value_dim, F], bias [F].

    Raises:
        ValueError: sizes that are not positive ints; keys and values of unequal length.

    Source: Vaswani et al., "Attention is all you need", 2017.

    >>> import numpy as np
    >>> x = np.zeros((2, 5, 8))
    >>> MultiHeadAttention(num_heads=2, key_dim=4)(x, x, use_causal_mask=True).shape
    (2, 5, 8)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        owner = "MultiHeadAttention"
        _positive(owner, num_heads=num_heads, key_dim=key_dim)
        for name, size in (("value_dim", value_dim), ("sliding_window", sliding_window)):
            if size is not None:
                _positive(owner, **{name: size})
        super().__init__(**kwargs)
        if flash_attention and dropout > 0:
            raise ValueError(message(owner, "flash_attention takes no dropout", dropout))
        self.supports_masking = True
        self.num_heads, self.key_dim = num_heads, key_dim
        self.value_dim = value_dim or key_dim
        self.dropout, self.use_bias, self.use_gate = dropout, use_bias, use_gate
        self.sliding_window, self.seed = sliding_window, seed
        self._output_shape = _features(output_shape)
        self._attention_axes: Any = _axes(attention_axes)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        set_rules(
            self,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self._drop = Dropout(dropout, seed=seed, dtype=self._kind())

    @property
    def attention_axes(self) -> Any:
        """The axes of the steps; a tuple once the layer is built."""
        return self._attention_axes

    def build(  # type: ignore[override] # one shape for each argument of call
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> None:
        """Make the projections."""
        key_shape = value_shape if key_shape is None else key_shape
        _check_lengths(value_shape, key_shape)
        heads = (self.num_heads, self.key_dim)
        values = (self.num_heads, self.value_dim)
        self.query_dense = self._projection("query", heads)
        self.query_dense.build(query_shape)
        self.key_dense = self._projection("key", heads)
        self.key_dense.build(key_shape)
        if self.use_gate:
            self.gate_dense = self._projection("gate", values, activation="sigmoid")
            self.gate_dense.build(query_shape)
        self.value_dense = self._projection("value", values)
        self.value_dense.build(value_shape)
        rank = len(value_shape) + 1
        axes = self._attention_axes
        if axes is None:
            axes = range(1, rank - 2)
        self._attention_axes = tuple(a if a >= 0 else rank - 1 + a for a in axes)
        self._softmax = Softmax(
            axis=tuple(range(-len(self._attention_axes), 0)), dtype=self._kind()
        )
        out = self._output_shape or (query_shape[-1],)
        self.output_dense = self._projection("attention_output", out, bound=2)
        self.output_dense.build((*query_shape[:-1], *values))

    def _kind(self) -> Any:
        """The dtype argument for the layers inside: the policy where there is one."""
        return getattr(self, "dtype_policy", self.dtype)

    def _projection(self, name: str, out: Any, **options: Any) -> Projection:
        return Projection(
            out,
            use_bias=self.use_bias,
            kernel_initializer=_clone(self.kernel_initializer),
            bias_initializer=_clone(self.bias_initializer),
            **rules_config(self, "kernel", "bias"),
            activity_regularizer=self._activity_regularizer,
            dtype=self._kind(),
            name=name,
            **options,
        )

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The equation above."""
        key = value if key is None else key
        kept = self._kept(query, value, (query_mask, value_mask, key_mask), attention_mask)
        if use_causal_mask:
            order = causal_mask(query.shape[1], value.shape[1])
            kept = order if kept is None else ops.logical_and(kept, order)
        gate = self.gate_dense(query) if self.use_gate else None
        mask = query.mask
        y, weights = self._attend(
            self.query_dense(query), self.key_dense(key), self.value_dense(value), kept,
            training, return_attention_scores,
        )  # fmt: skip
        y = self.output_dense(y if gate is None else y * gate)
        y.mask = mask
        return (y, weights) if return_attention_scores else y

    def _kept(self, query: Any, value: Any, masks: Any, attention_mask: Any) -> Any:
        """bool [B, Tq, Tv]: which scores count, None for all."""
        kept = None
        for mask, axis in zip(masks, (-1, -2, -2), strict=True):
            if mask is not None:
                kept = _both(kept, ops.expand_dims(ops.cast(mask, "bool"), axis))
        if self.sliding_window is not None:
            row = ops.reshape(ops.arange(query.shape[1], dtype="int32"), (1, -1, 1))
            column = ops.reshape(ops.arange(value.shape[1], dtype="int32"), (1, 1, -1))
            kept = _both(kept, ops.less(ops.abs(row - column), self.sliding_window))
        if attention_mask is not None:
            kept = _both(ops.cast(attention_mask, "bool"), kept)
        return kept

    def _attend(
        self, query: Any, key: Any, value: Any, kept: Any, training: Any, wanted: bool
    ) -> tuple[Any, Any]:
        """[B, ..., N, D] of all three to what each head gives, and the weights."""
        axes = self._attention_axes
        rank = len(query.shape)
        batch = tuple(i for i in range(rank - 1) if i not in axes)
        order = (*batch, *axes, rank - 1)
        query, key, value = (ops.transpose(x, order) for x in (query, key, value))
        lead, steps = query.shape[: len(batch)], query.shape[len(batch) : -1]
        others = key.shape[len(batch) : -1]
        flat = [
            ops.reshape(x, (*lead, math.prod(x.shape[len(batch) : -1]), x.shape[-1]))
            for x in (query * (1.0 / math.sqrt(self.key_dim)), key, value)
        ]
        scores = ops.matmul(flat[0], ops.swapaxes(flat[1], -2, -1))
        scores = ops.reshape(scores, (*lead, *steps, *others))
        weights = self._weights(scores, kept, plain=not (wanted or self.dropout or rank != 4))
        dropped = self._drop(weights, training=training) if self.dropout else weights
        sizes = (math.prod(steps), math.prod(others))
        y = ops.matmul(ops.reshape(dropped, (*lead, *sizes)), flat[2])
        y = ops.reshape(y, (*lead, *steps, value.shape[-1]))
        back = [0] * rank
        for at, axis in enumerate(order):
            back[axis] = at
        return ops.transpose(y, back), weights

    def _weights(self, scores: Any, kept: Any, plain: bool) -> Any:
        """The softmax of the scores that count.

        A query that nothing counts for gets equal weights on Keras' short way (four axes, no
        dropout, no scores returned) and zeros on its long one.
        """
        if kept is None:
            return self._softmax(scores)
        while len(kept.shape) < len(scores.shape):
            kept = ops.expand_dims(kept, -len(self._attention_axes) * 2 - 1)
        if plain:
            return self._softmax(ops.where(kept, scores, _MASKED))
        return self._softmax(scores, mask=kept)

    def compute_output_shape(  # type: ignore[override] # as build
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """The query's shape with the features of the output."""
        _check_lengths(value_shape, value_shape if key_shape is None else key_shape)
        return (*query_shape[:-1], *(self._output_shape or query_shape[-1:]))

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule; the weights are said to be [B, N, Tq, Tq], as in Keras."""
        names = self.signature().names
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        key = given.get("key")
        shape = self.compute_output_shape(
            given["query"].shape, given["value"].shape, None if key is None else key.shape
        )
        y = KerasTensor(shape, self.compute_dtype)
        if not given.get("return_attention_scores"):
            return y
        batch, steps = given["query"].shape[:2]
        return y, KerasTensor((batch, self.num_heads, steps, steps), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "use_gate": self.use_gate,
            "output_shape": self._output_shape,
            "attention_axes": self._attention_axes,
            "sliding_window": self.sliding_window,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **rules_config(self, "kernel", "bias"),
            "activity_regularizer": regularizers.serialize(self._activity_regularizer),
            "seed": self.seed,
        }


def _positive(owner: str, **sizes: Any) -> None:
    for name, size in sizes.items():
        if not isinstance(size, int) or size <= 0:
            raise ValueError(message(owner, f"{name} must be a positive int", repr(size)))


def _features(shape: Any) -> tuple[int, ...] | None:
    if not shape:
        return None
    if isinstance(shape, int):
        return (shape,)
    try:
        return tuple(shape)
    except TypeError as error:
        raise ValueError(
            message("MultiHeadAttention", "output_shape must be an int or a tuple", repr(shape))
        ) from error


def _axes(axes: Any) -> tuple[int, ...] | None:
    if isinstance(axes, int):
        return (axes,)
    if axes and not isinstance(axes, (list, tuple)):
        raise ValueError(
            message("MultiHeadAttention", "attention_axes must be an int or a tuple", repr(axes))
        )
    return axes


def _check_lengths(value_shape: Any, key_shape: Any) -> None:
    if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
        raise ValueError(
            message(
                "MultiHeadAttention",
                "value and key must agree on all axes but the last",
                f"{tuple(value_shape)} and {tuple(key_shape)}",
            )
        )


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return ops.logical_and(one, other)


def _clone(initializer: Any) -> Any:
    """A new one of the same configuration: equal shapes must not start with equal values."""
    return type(initializer).from_config(initializer.get_config())
