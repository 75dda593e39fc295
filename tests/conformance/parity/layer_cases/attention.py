"""Attention layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import LayerCase, Rng, case, maybe_mask, penalized, sizes, some, values


def _pair(rng: Rng) -> tuple[Any, ...]:
    """Query [B, Tq, F], value [B, Tv, F] and their masks."""
    batch, queries, steps, size = sizes(rng, 4, 2)
    masks = [maybe_mask(rng, batch, queries), maybe_mask(rng, batch, steps)]
    return values(rng, batch, queries, size), values(rng, batch, steps, size), masks


@case("Attention", "AdditiveAttention")
def attention(rng: Rng, name: str) -> LayerCase:
    query, value, masks = _pair(rng)
    inputs = [query, value]
    if rng.random() < 0.3:
        inputs.append(values(rng, *value.shape))
        masks = [*masks, None]
    arguments: dict[str, Any] = {
        "use_scale": bool(rng.random() < 0.5),
        "dropout": some(rng, 0, 0.2),
    }
    if name == "Attention":
        arguments.update(score_mode=some(rng, "dot", "concat"), seed=some(rng, None, 3))
    call = {
        "use_causal_mask": bool(rng.random() < 0.3),
        "return_attention_scores": bool(rng.random() < 0.3),
    }
    arguments.update(penalized(rng))
    return LayerCase(
        lambda k: getattr(k.layers, name)(**arguments, name="it"),
        (inputs,), (masks,), {key: on for key, on in call.items() if on},
    )  # fmt: skip


@case("MultiHeadAttention")
def multi_head_attention(rng: Rng) -> LayerCase:
    query, value, masks = _pair(rng)
    arguments: dict[str, Any] = {
        "num_heads": int(rng.integers(1, 4)),
        "key_dim": int(rng.integers(1, 4)),
        "value_dim": some(rng, None, 2),
        "use_bias": bool(rng.random() < 0.7),
        "use_gate": bool(rng.random() < 0.3),
        "dropout": some(rng, 0.0, 0.3),
        "output_shape": some(rng, None, None, 5, (2, 3)),
        "sliding_window": some(rng, None, None, 2),
        "kernel_initializer": some(rng, "glorot_uniform", "he_normal"),
    }
    call: dict[str, Any] = {}
    if rng.random() < 0.3:
        call["use_causal_mask"] = True
    if rng.random() < 0.3:
        call["return_attention_scores"] = True
    elif rng.random() < 0.3:
        shape = (query.shape[0], query.shape[1], value.shape[1])
        call["attention_mask"] = (rng.random(shape) < 0.8) | (np.arange(shape[2]) == 0)
    inputs: tuple[Any, ...] = (query, value)
    if rng.random() < 0.3:
        inputs, masks = (query, value, values(rng, *value.shape[:2], 4)), [*masks, None]
    if rng.random() < 0.15 and not call:  # steps on two axes
        axes = some(rng, None, (1,), (2,), (-2,))
        arguments.update(attention_axes=axes, sliding_window=None)
        inputs = (values(rng, 2, 3, 4, 5), values(rng, 2, 3, 4, 5))
        masks = [None, None]
    arguments.update(penalized(rng))
    return LayerCase(
        lambda k: k.layers.MultiHeadAttention(**arguments, name="it"),
        inputs, tuple(masks), call, tolerance=5e-5,
        # A query that nothing counts for: Keras' torch backend adds a large number to its scores,
        # so that they have a gradient; there is none on TensorFlow, JAX and here.
        differs=("gradients",) if any(m is not None for m in masks) else (),
    )  # fmt: skip
