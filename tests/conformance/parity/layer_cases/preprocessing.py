"""Layers that prepare data."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import LayerCase, Rng, case, sequences, sizes, some, values


@case("Normalization")
def normalization(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    axis = some(rng, -1, None, (1, 2), [2])
    arguments: dict[str, Any] = {"axis": axis, "invert": bool(rng.random() < 0.3)}
    adapts = rng.random() < 0.5
    if not adapts:
        arguments.update(some(
            rng, {"mean": 0.5, "variance": 2.0},
            {"mean": 0.5, "variance": 2.0} if axis is None else
            {"mean": [0.1] * x.shape[2], "variance": [1.5] * x.shape[2]},
        ))  # fmt: skip
    data = values(rng, 20, *x.shape[1:])

    def make(k: Any) -> Any:
        layer = k.layers.Normalization(**arguments, name="it")
        if adapts:
            layer.adapt(data)
        return layer

    return LayerCase(
        make,
        (x,),
        None if mask is None else (mask,),
        tolerance=1e-4,
        # Adapting builds for a batch of 20; Keras keeps its statistics where set_weights cannot.
        differs=("config", "weights") if adapts else (),
    )


@case("CategoryEncoding")
def category_encoding(rng: Rng) -> LayerCase:
    tokens = int(rng.integers(2, 7))
    mode = some(rng, "multi_hot", "one_hot", "count")
    shape = some(rng, sizes(rng, 2), (4, 1))
    call = {}
    if mode == "count" and rng.random() < 0.5:
        call["count_weights"] = np.abs(values(rng, *shape))
    return LayerCase(
        lambda k: k.layers.CategoryEncoding(tokens, output_mode=mode, name="it"),
        (rng.integers(0, tokens, size=shape).astype(np.int32),),
        call=call,
    )
