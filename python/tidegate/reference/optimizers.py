"""SGD, RMSprop and Adam with Keras' formulas, and the three ways to clip, in plain NumPy.

`slots` are the optimizer's own arrays, one list per variable; `step` is 1 at the first update.
Every function returns new arrays and changes none.
"""

from __future__ import annotations

import numpy as np

from tidegate.reference.activations import Array

Update = tuple[Array, list[Array]]


def clip(gradients: list[Array], kind: str, value: float) -> list[Array]:
    """clipnorm: each gradient on its own; clipvalue: each element; global_clipnorm: all at once."""
    if kind == "none":
        return gradients
    if kind == "clipvalue":
        return [np.clip(g, -value, value) for g in gradients]
    if kind == "clipnorm":
        return [g * min(1.0, value / _norm([g])) for g in gradients]
    if kind == "global_clipnorm":
        scale = min(1.0, value / _norm(gradients))
        return [g * scale for g in gradients]
    raise ValueError(f"[reference] unknown kind of clipping. Received: {kind!r}")


def _norm(gradients: list[Array]) -> float:
    total = sum(float((g.astype(np.float64) ** 2).sum()) for g in gradients)
    return max(float(np.sqrt(total)), np.finfo(np.float64).tiny)


def sgd(
    w: Array, g: Array, slots: list[Array], step: int, *,
    learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False,
) -> Update:  # fmt: skip
    """m = momentum m - lr g; w += m, or w += momentum m - lr g with nesterov. Slots: [m]."""
    if momentum == 0:
        return w - learning_rate * g, slots
    m = momentum * slots[0] - learning_rate * g
    return w + (momentum * m - learning_rate * g if nesterov else m), [m]


def rmsprop(
    w: Array, g: Array, slots: list[Array], step: int, *,
    learning_rate: float = 0.001, rho: float = 0.9, momentum: float = 0.0,
    epsilon: float = 1e-7, centered: bool = False,
) -> Update:  # fmt: skip
    """v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon). Slots: [v, momentum, mean]."""
    v = rho * slots[0] + (1 - rho) * g * g
    mean = rho * slots[2] + (1 - rho) * g if centered else slots[2]
    root = np.sqrt(v - mean * mean + epsilon) if centered else np.sqrt(v + epsilon)
    increment = learning_rate * g / root
    if momentum > 0:
        increment = momentum * slots[1] + increment
        return w - increment, [v, increment, mean]
    return w - increment, [v, slots[1], mean]


def adam(
    w: Array, g: Array, slots: list[Array], step: int, *,
    learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
    epsilon: float = 1e-7, amsgrad: bool = False,
) -> Update:  # fmt: skip
    """w -= alpha m / (sqrt(v) + epsilon), alpha = lr sqrt(1 - b2^t) / (1 - b1^t). Slots: [m, v]."""
    alpha = learning_rate * np.sqrt(1 - beta_2**step) / (1 - beta_1**step)
    m = slots[0] + (g - slots[0]) * (1 - beta_1)
    v = slots[1] + (g * g - slots[1]) * (1 - beta_2)
    rest = slots[2:]
    root: Array = v
    if amsgrad:
        rest = [np.maximum(slots[2], v)]
        root = rest[0]
    return w - alpha * m / (np.sqrt(root) + epsilon), [m, v, *rest]
