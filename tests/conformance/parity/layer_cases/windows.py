"""Convolution, pooling, padding, batch normalization."""

from __future__ import annotations

from typing import Any

from . import LayerCase, Rng, case, maybe_mask, penalized, sizes, some, values


def _series(rng: Rng) -> Any:
    batch, _, size = sizes(rng, 3)
    return values(rng, batch, int(rng.integers(5, 10)), size)


@case("Conv1D")
def conv1d(rng: Rng) -> LayerCase:
    groups = some(rng, 1, 1, 2)
    arguments: dict[str, Any] = {
        "filters": groups * int(rng.integers(1, 4)),
        "kernel_size": int(rng.integers(1, 5)),
        "padding": some(rng, "valid", "same", "causal"),
        "groups": groups,
        "activation": some(rng, None, "relu", "tanh"),
        "use_bias": bool(rng.random() < 0.7),
        **some(rng, {}, {"strides": 2}, {"strides": (3,)}, {"dilation_rate": 2}),
    }
    if arguments.get("dilation_rate") == 2:
        arguments["kernel_size"] = min(arguments["kernel_size"], 3)
    x = values(rng, 3, int(rng.integers(6, 10)), groups * int(rng.integers(1, 4)))
    if rng.random() < 0.2:
        arguments["data_format"] = "channels_first"
        x = x.transpose(0, 2, 1).copy()
    arguments.update(penalized(rng))
    return LayerCase(lambda k: k.layers.Conv1D(**arguments, name="it"), (x,))


@case("MaxPooling1D", "AveragePooling1D")
def pooling(rng: Rng, name: str) -> LayerCase:
    size = int(rng.integers(1, 5))
    # On torch Keras repeats the last step where the padding is uneven, on TensorFlow it does not
    # count what is outside; tidegate does as TensorFlow: even paddings only for the average.
    odd = name == "AveragePooling1D"
    arguments = {
        "pool_size": some(rng, size, (size,)),
        "strides": some(rng, None, 1, 2),
        "padding": "valid" if odd else some(rng, "valid", "same"),
        "data_format": some(rng, None, "channels_last"),
    }
    if odd and rng.random() < 0.3:
        arguments.update(pool_size=3, strides=1, padding="same")
    return LayerCase(lambda k: getattr(k.layers, name)(**arguments, name="it"), (_series(rng),))


@case("GlobalAveragePooling1D", "GlobalMaxPooling1D")
def global_pooling(rng: Rng, name: str) -> LayerCase:
    arguments = {
        "data_format": some(rng, None, None, "channels_first"),
        "keepdims": bool(rng.random() < 0.5),
    }
    x = _series(rng)
    first = arguments["data_format"] is not None
    mask = None if first else maybe_mask(rng, *x.shape[:2])
    return LayerCase(
        lambda k: getattr(k.layers, name)(**arguments, name="it"),
        (x,),
        None if mask is None else (mask,),
    )


@case("ZeroPadding1D")
def zero_padding(rng: Rng) -> LayerCase:
    padding = some(rng, 0, 2, (1, 2), [0, 3])
    data_format = some(rng, None, "channels_first")
    return LayerCase(
        lambda k: k.layers.ZeroPadding1D(padding, data_format, name="it"), (_series(rng),)
    )


@case("Cropping1D")
def cropping(rng: Rng) -> LayerCase:
    amount = some(rng, 0, 1, (1, 2), (0, 3), (2, 0))
    return LayerCase(lambda k: k.layers.Cropping1D(amount, name="it"), (_series(rng),))


@case("UpSampling1D")
def up_sampling(rng: Rng) -> LayerCase:
    size = int(rng.integers(1, 4))
    return LayerCase(lambda k: k.layers.UpSampling1D(size, name="it"), (_series(rng),))


@case("BatchNormalization")
def batch_normalization(rng: Rng) -> LayerCase:
    arguments = {
        "momentum": some(rng, 0.99, 0.5),
        "epsilon": some(rng, 1e-3, 1e-2),
        "center": bool(rng.random() < 0.7),
        "scale": bool(rng.random() < 0.7),
        "trainable": bool(rng.random() < 0.9),
    }
    x = values(rng, *sizes(rng, int(rng.integers(2, 4)), 3))
    mask = maybe_mask(rng, *x.shape[:2]) if x.ndim == 3 else None
    if mask is None and x.ndim == 3:
        arguments["axis"] = some(rng, -1, 1)
    arguments.update(penalized(rng))
    return LayerCase(
        lambda k: k.layers.BatchNormalization(**arguments, name="it"),
        (x,),
        None if mask is None else (mask,),
        training=some(rng, None, True, True, False),
        tolerance=1e-4,
    )
