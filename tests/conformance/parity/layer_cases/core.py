"""Layers with weights: dense, embedding, normalization, and layers around layers."""

from __future__ import annotations

import numpy as np

from . import LayerCase, Rng, case, maybe_mask, penalized, sequences, sizes, some, values


@case("Dense")
def dense(rng: Rng) -> LayerCase:
    units = int(rng.integers(1, 5))
    arguments = {
        "activation": some(rng, None, "relu", "tanh", "softmax", "elu"),
        "use_bias": bool(rng.random() < 0.7),
        "kernel_initializer": some(rng, "glorot_uniform", "he_normal"),
    }
    x, mask = sequences(rng)
    if rng.random() < 0.4:
        x, mask = values(rng, *sizes(rng, 2)), None
    more = penalized(rng)
    return LayerCase(
        lambda k: k.layers.Dense(units, **arguments, **more, name="it"),
        (x,),
        None if mask is None else (mask,),
    )


@case("Embedding")
def embedding(rng: Rng) -> LayerCase:
    words, size = sizes(rng, 2, 2, 8)
    mask_zero = bool(rng.random() < 0.5)
    ids = rng.integers(0, words, size=sizes(rng, 2)).astype(np.int32)
    more = penalized(rng)
    return LayerCase(
        lambda k: k.layers.Embedding(words, size, mask_zero=mask_zero, **more, name="it"), (ids,)
    )


@case("LayerNormalization")
def layer_normalization(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    arguments = {
        "axis": some(rng, -1, 2, [1, 2]),
        "epsilon": some(rng, 1e-3, 1e-5),
        "center": bool(rng.random() < 0.7),
        "scale": bool(rng.random() < 0.7),
        **penalized(rng),
    }
    return LayerCase(
        lambda k: k.layers.LayerNormalization(**arguments, name="it"),
        (x,),
        None if mask is None else (mask,),
        tolerance=1e-4,
    )


@case("TimeDistributed")
def time_distributed(rng: Rng) -> LayerCase:
    inner = some(
        rng,
        lambda k: k.layers.Dense(3, activation="tanh", name="in"),
        lambda k: k.layers.LayerNormalization(name="in"),
        lambda k: k.layers.Flatten(name="in"),
        lambda k: k.layers.Activation("softmax", name="in"),
        lambda k: k.layers.LSTM(3, name="in"),
        lambda k: k.layers.BatchNormalization(momentum=0.5, name="in"),
    )
    shape = sizes(rng, 4, 2)
    # Keras hands a mask [B, T] on to the layer as [B], which these do not take for [B, S, F].
    names = inner.__code__.co_names
    takes_mask = "LSTM" in names or "BatchNormalization" in names
    return LayerCase(
        lambda k: k.layers.TimeDistributed(inner(k), name="it"),
        (values(rng, *shape),),
        None if takes_mask else some(rng, None, (maybe_mask(rng, *shape[:2]),)),
        training=some(rng, None, True),
        tolerance=1e-4,
    )
