"""Dense, embedding, softmax and the cross-entropies, forward and backward, in plain NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidegate.reference import activations
from tidegate.reference.activations import Array


def dense(x: Array, kernel: Array, bias: Array | None, activation: str = "linear") -> Array:
    """y = a(x W + b): x [N, I], kernel [I, O], bias [O] -> y [N, O]."""
    z = x @ kernel
    return activations.get(activation).forward(z if bias is None else z + bias)


def dense_backward(
    x: Array, kernel: Array, y: Array, dy: Array, activation: str = "linear"
) -> tuple[Array, Array, Array]:
    """dx [N, I], dW [I, O], db [O] of `dense`."""
    dz = dy * activations.get(activation).derivative(y)
    return dz @ kernel.T, x.T @ dz, dz.sum(axis=0)


def embedding(ids: NDArray[np.integer], embeddings: Array) -> Array:
    """Rows of embeddings [V, D] at ids [...]: [..., D]."""
    return embeddings[ids]


def embedding_backward(ids: NDArray[np.integer], dy: Array, input_dim: int) -> Array:
    """The gradient of the embeddings: dy [..., D] added up where its ids point, [V, D]."""
    gradient = np.zeros((input_dim, dy.shape[-1]), dy.dtype)
    np.add.at(gradient, ids.reshape(-1), dy.reshape(-1, dy.shape[-1]))
    return gradient


def softmax(x: Array) -> Array:
    """exp(x) / sum(exp(x)) over the last axis, shifted by the largest value."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(y: Array, dy: Array) -> Array:
    """dx = y * (dy - sum(y * dy))."""
    return y * (dy - (y * dy).sum(axis=-1, keepdims=True))


def softmax_cross_entropy(logits: Array, target: Array) -> tuple[Array, Array]:
    """Loss [N] and dlogits [N, C] per row; target is integers [N] or probabilities [N, C].

    loss = sum_c p_c * (log sum exp(logits) - logits_c); dlogits = softmax * sum(p) - p.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    probabilities = target
    if target.ndim == 1:
        probabilities = np.zeros_like(logits)
        probabilities[np.arange(len(target)), target] = 1
    loss = (probabilities * (log_total - shifted)).sum(axis=-1)
    gradient = softmax(logits) * probabilities.sum(axis=-1, keepdims=True) - probabilities
    return loss, gradient


def binary_cross_entropy(probability: Array, target: Array, epsilon: float = 1e-7) -> Array:
    """-(t log p + (1 - t) log(1 - p)), p clipped to [epsilon, 1 - epsilon] as Keras does."""
    p = np.clip(probability, epsilon, 1 - epsilon)
    return -(target * np.log(p) + (1 - target) * np.log1p(-p))


def layer_normalization(
    x: Array, gamma: Array | None, beta: Array | None, epsilon: float = 1e-3
) -> Array:
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta over the last axis."""
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    y = (x - mean) / np.sqrt(variance + epsilon)
    if gamma is not None:
        y = y * gamma
    return y if beta is None else y + beta
