"""Layers without weights: reshaping, merging, activations, noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import LayerCase, Rng, case, maybe_mask, sequences, sizes, some, values


def masked(make: Any, x: Any, mask: Any, **more: Any) -> LayerCase:
    """A case of one input with a mask on it."""
    return LayerCase(make, (x,), None if mask is None else (mask,), **more)


@case("RepeatVector")
def repeat_vector(rng: Rng) -> LayerCase:
    n = int(rng.integers(1, 5))
    return LayerCase(lambda k: k.layers.RepeatVector(n, name="it"), (values(rng, *sizes(rng, 2)),))


@case("Reshape")
def reshape(rng: Rng) -> LayerCase:
    a, b, c = sizes(rng, 3)
    target = some(rng, (a * b, c), (-1, c), (a, b, c, 1), (a, -1), (-1,), (None, c), (c, b, a))
    return LayerCase(
        lambda k: k.layers.Reshape(target, name="it"), (values(rng, 3, *some(rng, (a, b, c))),)
    )


@case("Flatten")
def flatten(rng: Rng) -> LayerCase:
    data_format = some(rng, None, "channels_last", "channels_first")
    x = values(rng, *sizes(rng, int(rng.integers(1, 5))))
    return LayerCase(lambda k: k.layers.Flatten(data_format, name="it"), (x,))


@case("Permute")
def permute(rng: Rng) -> LayerCase:
    rank = int(rng.integers(1, 4))
    dims = tuple(int(i) + 1 for i in rng.permutation(rank))
    return LayerCase(
        lambda k: k.layers.Permute(dims, name="it"), (values(rng, *sizes(rng, rank + 1)),)
    )


@case("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
def merging(rng: Rng, name: str) -> LayerCase:
    x, _ = sequences(rng)
    count = 2 if name == "Subtract" else int(rng.integers(2, 5))
    xs, masks = [], []
    for _ in range(count):
        xs.append(values(rng, *x.shape))
        masks.append(maybe_mask(rng, *x.shape[:2]))
    if rng.random() < 0.2:
        xs[1], masks[1] = values(rng, *x.shape[:1], *x.shape[2:]), None  # one rank less
        masks[0] = None
    return LayerCase(lambda k: getattr(k.layers, name)(name="it"), (xs,), (masks,))


@case("Concatenate")
def concatenate(rng: Rng) -> LayerCase:
    batch, steps, size = sizes(rng, 3, 2)
    axis = some(rng, -1, 1, 2, -2)
    lengths = sizes(rng, int(rng.integers(2, 4)))
    along_steps = axis in (1, -2)
    shapes = [(batch, n, size) if along_steps else (batch, steps, n) for n in lengths]
    masks = [maybe_mask(rng, *shape[:2]) for shape in shapes]
    return LayerCase(
        lambda k: k.layers.Concatenate(axis=axis, name="it"),
        ([values(rng, *shape) for shape in shapes],),
        (masks,),
    )


@case("Dot")
def dot(rng: Rng) -> LayerCase:
    batch, a, b, c = sizes(rng, 4, 2)
    normalize = bool(rng.random() < 0.5)
    axes, one, other = some(
        rng,
        (1, (batch, a), (batch, a)),
        (-1, (batch, a, b), (batch, c, b)),
        ((2, 1), (batch, a, b), (batch, b, c)),
        ((1, 1), (batch, b, a), (batch, b, c)),
        ((1, 2), (batch, b), (batch, c, b)),
        ((-1, 1), (batch, a, b), (batch, b)),
        ([2, 3], (batch, a, b), (batch, c, a, b)),
    )
    return LayerCase(
        lambda k: k.layers.Dot(axes=axes, normalize=normalize, name="it"),
        ([values(rng, *one), values(rng, *other)],),
    )


@case("Activation")
def activation(rng: Rng) -> LayerCase:
    name = some(rng, "relu", "tanh", "sigmoid", "softmax", "elu", "gelu", "linear", "hard_sigmoid")
    x, mask = sequences(rng)
    return masked(lambda k: k.layers.Activation(name, name="it"), x, mask)


@case("ReLU")
def relu(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    arguments = {
        "max_value": some(rng, None, 1.0, 0.5),
        "negative_slope": some(rng, 0.0, 0.2),
        "threshold": some(rng, 0.0, 0.3),
    }
    return masked(lambda k: k.layers.ReLU(**arguments, name="it"), x, mask)


@case("LeakyReLU")
def leaky_relu(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    arguments = some(rng, {}, {"negative_slope": 0.1}, {"negative_slope": 0})
    return masked(lambda k: k.layers.LeakyReLU(**arguments, name="it"), x, mask)


@case("ELU")
def elu(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    arguments = some(rng, {}, {"alpha": 0.5})
    return masked(lambda k: k.layers.ELU(**arguments, name="it"), x, mask)


@case("PReLU")
def prelu(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    shared = some(rng, None, 1, [1], [1, 2], (2,))
    return masked(
        lambda k: k.layers.PReLU(
            alpha_initializer="ones", shared_axes=shared, name="it"
        ), x, mask
    )  # fmt: skip


@case("Softmax")
def softmax(rng: Rng) -> LayerCase:
    x = values(rng, *sizes(rng, 3, 2))
    axis = some(rng, -1, 1, (1, 2), [-1])
    mask = rng.random(x.shape) < 0.8
    mask[..., 0] = True
    call = some(rng, {}, {"mask": mask})
    return LayerCase(lambda k: k.layers.Softmax(axis=axis, name="it"), (x,), call=call)


@case("GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "Dropout")
def noise(rng: Rng, name: str) -> LayerCase:
    # What is drawn in training is not Keras': here only what is the same without training.
    x, mask = sequences(rng)
    amount, seed = some(rng, 0.0, 0.3, 1), some(rng, None, 7)
    return masked(
        lambda k: getattr(k.layers, name)(amount, seed=seed, name="it"),
        x, mask, training=some(rng, None, False),
    )  # fmt: skip


@case("ActivityRegularization")
def activity_regularization(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    l1, l2 = float(rng.integers(0, 3)), float(rng.integers(0, 3))
    return masked(lambda k: k.layers.ActivityRegularization(l1, l2, name="it"), x, mask)


@case("Identity")
def identity(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    return masked(lambda k: k.layers.Identity(name="it"), x, mask)


@case("UnitNormalization")
def unit_normalization(rng: Rng) -> LayerCase:
    x, mask = sequences(rng)
    axis = some(rng, -1, 1, [1, 2])
    return masked(lambda k: k.layers.UnitNormalization(axis=axis, name="it"), x, mask)


@case("Masking")
def masking(rng: Rng) -> LayerCase:
    x, _ = sequences(rng)
    value = some(rng, 0.0, -1.0)
    x[rng.random(x.shape[:2]) < 0.4] = value
    return LayerCase(lambda k: k.layers.Masking(value, name="it"), (x,))


@case("Lambda")
def lambda_layer(rng: Rng) -> LayerCase:
    x, _ = sequences(rng)
    factor = float(np.round(rng.normal(), 2))
    return LayerCase(
        lambda k: k.layers.Lambda(
            lambda v, factor: v * factor, arguments={"factor": factor}, name="it"
        ),
        (x,),
        differs=("config",),  # Keras writes bytecode, tidegate refuses to
    )
