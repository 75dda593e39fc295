"""The five activations of the recurrent kernels and their derivatives.

Each derivative is a function of the *output* y = f(x), because that is all that the backward pass
keeps: tanh' = 1 - y^2, sigmoid' = y (1 - y), relu' = [y > 0], linear' = 1,
hard_sigmoid' = 1/6 where 0 < y < 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Activation(NamedTuple):
    """A function and its derivative as a function of the output."""

    name: str
    forward: Callable[[Array], Array]
    derivative: Callable[[Array], Array]


def tanh(x: Array) -> Array:
    """tanh(x)."""
    return np.tanh(x)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), written so that no exponential overflows."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def relu(x: Array) -> Array:
    """max(x, 0); a NaN stays a NaN."""
    return np.maximum(x, 0)


def linear(x: Array) -> Array:
    """x."""
    return x


def hard_sigmoid(x: Array) -> Array:
    """Keras 3's piecewise line: min(max(x + 3, 0), 6) / 6."""
    return np.minimum(np.maximum(x + 3, 0), 6) / 6


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation("tanh", tanh, lambda y: 1 - y * y),
    "sigmoid": Activation("sigmoid", sigmoid, lambda y: y * (1 - y)),
    "relu": Activation("relu", relu, lambda y: (y > 0).astype(y.dtype)),
    "linear": Activation("linear", linear, np.ones_like),
    "hard_sigmoid": Activation(
        "hard_sigmoid", hard_sigmoid, lambda y: ((y > 0) & (y < 1)).astype(y.dtype) / 6
    ),
}


def get(activation: str | Activation) -> Activation:
    """The activation of that name; an `Activation` is returned as it is.

    >>> float(get("hard_sigmoid").forward(np.float64(0.0)))
    0.5
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"[reference] activation must be one of {sorted(ACTIVATIONS)}. "
            f"Received: {activation!r}. Hint: other activations are layers of their own."
        )
    return ACTIVATIONS[activation]
