"""Rules of layers that treat each step by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import activations
from ..ops.batch_normalization import factor_and_shift
from .builder import Builder, Call, Value, frozen, refuse

__all__ = [
    "activation",
    "batch_normalization",
    "concatenate",
    "dense",
    "elu",
    "embedding",
    "function_of",
    "layer_normalization",
    "leaky_relu",
    "merge",
    "nothing",
    "relu",
    "rescaling",
    "reshaped",
    "softmax",
]

# Functions beside those of the recurrent kernels, with what `alpha` is where a name stands alone.
_MORE: dict[Any, tuple[str, float]] = {
    activations.softmax: ("softmax", 0.0),
    activations.leaky_relu: ("leaky_relu", 0.2),
    activations.elu: ("elu", 1.0),
    activations.silu: ("silu", 0.0),
}


def function_of(layer: Any) -> tuple[str, float]:
    """(name, alpha) of the layer's activation, one of those that the runtime has."""
    name = activations.kernel_name(layer.activation)
    if name is not None:
        return name, 0.0
    found = _MORE.get(layer.activation)
    if found is None:
        given = getattr(layer.activation, "__name__", repr(layer.activation))
        known = "tanh, sigmoid, relu, linear, hard_sigmoid, softmax, leaky_relu, elu, silu"
        raise refuse(layer, f"with activation {given!r}", known)
    return found


def nothing(builder: Builder, call: Call) -> Value:
    """A layer that does nothing after training."""
    return call.read()


def embedding(builder: Builder, call: Call) -> Value:
    """Ids to rows of a table."""
    layer = call.layer
    return builder.add(
        "embedding",
        layer,
        [call.read()],
        layer.output_dim,
        input_size=layer.input_dim,
        weights=builder.weights(layer, embeddings="embeddings"),
    )


def dense(builder: Builder, call: Call) -> Value:
    """A product, a bias, a function."""
    layer = call.layer
    name, alpha = function_of(layer)
    return builder.add(
        "dense",
        layer,
        [call.read()],
        layer.kernel.shape[1],
        activation=name,
        alpha=alpha,
        weights=builder.weights(layer, kernel="kernel", bias="bias"),
    )


def _function(builder: Builder, call: Call, name: str, alpha: float = 0.0) -> Value:
    value = call.read()
    if name == "linear":
        return value
    return builder.add("activation", call.layer, [value], value.width, activation=name, alpha=alpha)


def activation(builder: Builder, call: Call) -> Value:
    """A function by itself."""
    return _function(builder, call, *function_of(call.layer))


def softmax(builder: Builder, call: Call) -> Value:
    """Over the features of each step."""
    axis = call.layer.axis
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    if not _last(call, axes):
        raise refuse(call.layer, f"with axis={axis}", "axis=-1: the features of each step")
    return _function(builder, call, "softmax")


def relu(builder: Builder, call: Call) -> Value:
    """With a slope below 0, but no other threshold and no ceiling."""
    layer = call.layer
    if layer.max_value is not None or layer.threshold:
        given = f"max_value={layer.max_value}, threshold={layer.threshold}"
        raise refuse(layer, f"with {given}", "max_value=None, threshold=0")
    if layer.negative_slope:
        return _function(builder, call, "leaky_relu", layer.negative_slope)
    return _function(builder, call, "relu")


def leaky_relu(builder: Builder, call: Call) -> Value:
    """A slope below 0."""
    return _function(builder, call, "leaky_relu", call.layer.negative_slope)


def elu(builder: Builder, call: Call) -> Value:
    """alpha * (exp(x) - 1) below 0."""
    return _function(builder, call, "elu", call.layer.alpha)


def layer_normalization(builder: Builder, call: Call) -> Value:
    """Over the features of each step."""
    layer, value = call.layer, call.read()
    axes = [layer.axis] if isinstance(layer.axis, int) else layer.axis
    if not _last(call, axes):
        raise refuse(layer, f"with axis={layer.axis}", "axis=-1: the features of each step")
    weights = builder.weights(layer, gamma="gamma", beta="beta")
    return builder.add(
        "layer_normalization",
        layer,
        [value],
        value.width,
        epsilon=layer.epsilon,
        weights=weights,
    )


def batch_normalization(builder: Builder, call: Call) -> Value:
    """With the moving statistics: a factor and a shift per feature, the layer's own to the bit."""
    layer, value = call.layer, call.read()
    if not _last(call, [layer.axis]):
        raise refuse(layer, f"with axis={layer.axis}", "axis=-1: the features of each step")
    factor, shift = factor_and_shift(
        layer.moving_mean, layer.moving_variance, layer.beta, layer.gamma, layer.epsilon
    )
    weights = {"scale": frozen(factor.numpy()), "offset": frozen(shift.numpy())}
    return builder.add("scale", layer, [value], value.width, weights=weights)


def rescaling(builder: Builder, call: Call) -> Value:
    """x * scale + offset, both numbers or of the features."""
    layer, value = call.layer, call.read()
    weights = {}
    for name in ("scale", "offset"):
        given = np.asarray(getattr(layer, name), np.float32)
        if given.ndim > 1 or given.size not in (1, value.width):
            raise refuse(layer, f"with {name} of shape {list(given.shape)}", "a number, or [C]")
        weights[name] = frozen(np.broadcast_to(given.ravel(), (value.width,)))
    return builder.add("scale", layer, [value], value.width, weights=weights)


def _last(call: Call, axes: list[int]) -> bool:
    """Whether the axes are the last one alone."""
    return len(axes) == 1 and axes[0] in (-1, len(call.shapes[0]) - 1)


def reshaped(builder: Builder, call: Call) -> Value:
    """A layer that moves elements about, where that leaves each step's row as it is."""
    before = tuple(call.shapes[0])[1:]
    after = tuple(call.layer.compute_output_shape(call.shapes[0]))[1:]
    dims = getattr(call.layer, "dims", None)
    same = len(before) == len(after) == 2 and None in (before[0], after[0])
    single = _single(before) and _single(after)
    if before[-1] != after[-1] or not (before == after or same or single):
        raise refuse(
            call.layer,
            f"from {list(before)} to {list(after)}, which moves values between steps",
            "a layer that keeps the features of each step",
        )
    if dims is not None and dims != tuple(range(1, len(dims) + 1)):
        raise refuse(call.layer, f"with dims={dims}", "dims in their order")
    return call.read()


def _single(shape: tuple[int | None, ...]) -> bool:
    """Whether a sample is one row of features."""
    return shape[-1] is not None and all(size == 1 for size in shape[:-1])


def merge(kind: str) -> Callable[[Builder, Call], Value]:
    """The rule of a layer that joins values number by number."""

    def rule(builder: Builder, call: Call) -> Value:
        _check_joined(call)
        if len(call.reads) == 1:
            return call.reads[0]
        width = max(value.width for value in call.reads)
        return builder.add(kind, call.layer, call.reads, width, input_size=width)

    return rule


def concatenate(builder: Builder, call: Call) -> Value:
    """The features of each step beside each other."""
    _check_joined(call)
    if not _last(call, [call.layer.axis]):
        raise refuse(
            call.layer, f"with axis={call.layer.axis}", "axis=-1: the features of each step"
        )
    return builder.add(
        "concatenate", call.layer, call.reads, sum(value.width for value in call.reads)
    )


def _check_joined(call: Call) -> None:
    if len({value.sequence for value in call.reads}) > 1:
        raise refuse(
            call.layer,
            "which joins a sequence with a value that has one row per sequence,",
            "sequences alone, or return_sequences=False in all that it joins",
        )
