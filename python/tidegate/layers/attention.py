"""Attention over the steps of a sequence: Luong's and Bahdanau's."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from ..random import SeedGenerator
from .layer import Layer

__all__ = ["AdditiveAttention", "Attention", "causal_mask"]

_MASKED = 1e9  # Keras takes this off a score that the mask leaves out


def causal_mask(queries: int, values: int) -> Any:
    """bool [1, Tq, Tv]: a step sees itself and what comes before it.

    >>> causal_mask(2, 2).numpy().tolist()
    [[[True, False], [True, True]]]
    """
    row = ops.reshape(ops.arange(queries, dtype="int32"), (1, queries, 1))
    return ops.greater_equal(row, ops.reshape(ops.arange(values, dtype="int32"), (1, 1, values)))


class Attention(Layer):
    """``softmax(query keyᵀ) value``: dot-product attention.

    Args:
        use_scale: multiply the scores by a trained scalar.
        score_mode: "dot", or "concat" for ``w * sum(tanh(scale * (query + key)))``.
        dropout: rate for the weights, in training.
        seed: of the dropout.

    Call arguments: ``inputs`` a list [query [B, Tq, F], value [B, Tv, V]] and perhaps
    key [B, Tv, F] (default the value); ``mask`` a list [query_mask [B, Tq], value_mask [B, Tv]]:
    masked values get no weight, masked queries give zeros; ``return_attention_scores``: the weights
    [B, Tq, Tv] too; ``use_causal_mask``: no query sees a later value. Output [B, Tq, V] with the
    query's mask.

    Weights: ``scale`` [], ``concat_score_weight`` [], if asked for.

    Raises:
        ValueError: inputs that are no list of 2 or 3; an unknown score_mode.

    Source: Luong, Pham, Manning, "Effective approaches to attention-based neural machine
    translation", 2015.

    >>> import numpy as np
    >>> Attention()([np.zeros((2, 3, 4)), np.zeros((2, 5, 4))]).shape
    (2, 3, 4)
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                message("Attention", 'score_mode must be "dot" or "concat"', repr(score_mode))
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        self.seed_generator = SeedGenerator(seed) if dropout > 0 else None
        self.scale: Any = None
        self.concat_score_weight: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self._check_lists(input_shape)
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def _check_lists(self, inputs: Any, mask: Any = None) -> None:
        for name, value in (("inputs", inputs), ("mask", mask)):
            if name == "mask" and value is None:
                continue
            if not isinstance(value, list) or len(value) not in (2, 3):
                raise ValueError(
                    message(
                        self.name,
                        f"{name} must be a list for query and value, and perhaps key",
                        f"a {type(value).__name__}",
                    )
                )

    def scores(self, query: Any, key: Any) -> Any:
        """[B, Tq, Tv]: how well each query and key fit."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        total = _all_pairs(query, key)
        if self.scale is not None:
            total = total * self.scale
        return ops.sum(ops.tanh(total), axis=-1) * self.concat_score_weight

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The equation above."""
        self._check_lists(inputs, mask)
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = mask[:2] if mask else (None, None)
        scores = self.scores(query, key)
        kept = None if value_mask is None else ops.expand_dims(value_mask, axis=-2)
        if use_causal_mask:
            order = causal_mask(*_lengths(self.name, scores.shape))
            kept = order if kept is None else ops.logical_and(kept, order)
        if kept is not None:
            scores = ops.where(kept, scores, scores - _MASKED)
        weights = ops.softmax(scores, axis=-1)
        if training and self.seed_generator is not None:
            weights = ops.dropout(weights, self.dropout, seed=self.seed_generator)
        y = ops.matmul(weights, value)
        if query_mask is not None:
            y = ops.where(ops.expand_dims(query_mask, axis=-1), y, 0.0)
        return (y, weights) if return_attention_scores else y

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The query's mask."""
        self._check_lists(inputs, mask)
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The query's shape with the value's features."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule; the scores are [B, Tq, Tv]."""
        from ..symbolic import KerasTensor

        self._check_lists(args[0], kwargs.get("mask"))
        shapes = [tuple(x.shape) for x in args[0]]
        y = KerasTensor(self.compute_output_shape(shapes), self.compute_dtype)
        if not kwargs.get("return_attention_scores"):
            return y
        return y, KerasTensor((*shapes[0][:-1], shapes[-1][-2]), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "use_scale": self.use_scale,
            "score_mode": self.score_mode,
            "dropout": self.dropout,
            "seed": self.seed,
        }


class AdditiveAttention(Attention):
    """``softmax(sum(scale * tanh(query + key))) value``: additive attention.

    Args:
        use_scale: whether each feature has a trained weight.
        dropout: rate for the weights, in training.

    Called as ``Attention``. Weights: ``scale`` [F].

    Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and
    translate", 2015.

    >>> import numpy as np
    >>> AdditiveAttention()([np.zeros((2, 3, 4)), np.zeros((2, 5, 4))]).shape
    (2, 3, 4)
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Make the scale."""
        self._check_lists(input_shape)
        if self.use_scale:
            self.scale = self.add_weight((input_shape[0][-1],), "glorot_uniform", name="scale")

    def scores(self, query: Any, key: Any) -> Any:
        """[B, Tq, Tv]: how well each query and key fit."""
        fit = ops.tanh(_all_pairs(query, key))
        return ops.sum(fit if self.scale is None else fit * self.scale, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        config = super().get_config()
        del config["score_mode"]
        return config


def _all_pairs(query: Any, key: Any) -> Any:
    """[B, Tq, Tv, F]: the sum of each query and key."""
    return ops.expand_dims(query, axis=-2) + ops.expand_dims(key, axis=-3)


def _lengths(name: str, shape: Any) -> tuple[int, int]:
    queries, values = shape[-2:]
    if queries is None or values is None:
        raise ValueError(message(name, "a causal mask needs known numbers of steps", shape))
    return queries, values
