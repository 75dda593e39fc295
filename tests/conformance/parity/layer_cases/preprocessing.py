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


@case("Rescaling")
def rescaling(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    many = [float(n) for n in np.round(rng.normal(size=x.shape[2]), 2)]
    scale, offset = some(rng, 0.25, -2, many), some(rng, 0.0, 1.5, np.array(many))
    return LayerCase(
        lambda k: k.layers.Rescaling(scale, offset, name="it"),
        (x,),
        None if mask is None else (mask,),
    )


@case("Discretization")
def discretization(rng: Rng) -> LayerCase:
    arguments: dict[str, Any] = {"output_mode": some(rng, "int", "one_hot", "multi_hot", "count")}
    batches = [values(rng, int(n), 3) for n in rng.integers(1, 300, size=3)]
    if rng.random() < 0.5:
        arguments.update(num_bins=int(rng.integers(2, 7)), epsilon=some(rng, 0.01, 0.1))
    else:
        arguments["bin_boundaries"] = some(rng, [0.0], [-0.5, 0.1, 0.7])

    def make(k: Any) -> Any:
        layer = k.layers.Discretization(**arguments, name="it")
        if "num_bins" in arguments:  # what `adapt` does; Keras' looks for TensorFlow's data sets
            layer.reset_state()
            for batch in batches:
                layer.update_state(batch)
            layer.finalize_state()
        return layer

    x = values(rng, *some(rng, sizes(rng, 2), (4, 1)))
    x.flat[0] = 0.1  # on a boundary
    return LayerCase(make, (x,))
