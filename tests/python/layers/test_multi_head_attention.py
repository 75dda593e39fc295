"""MultiHeadAttention."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import Input, MultiHeadAttention
from tidegate.mask import Mask

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 5, 6)).astype("f4")


def test_heads_are_independent_attentions():
    layer = MultiHeadAttention(2, 3, use_bias=False)
    y, weights = layer(X, X, return_attention_scores=True)
    wq, wk, wv, wo = layer.get_weights()
    total = 0
    for head in range(2):
        q, k, v = (X @ w[:, head] for w in (wq, wk, wv))
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(3)
        e = np.exp(scores - scores.max(-1, keepdims=True))
        p = e / e.sum(-1, keepdims=True)
        np.testing.assert_allclose(weights.numpy()[:, head], p, rtol=1e-4)
        total = total + p @ v @ wo[head]
    np.testing.assert_allclose(y.numpy(), total, atol=1e-5)


def test_causal_outputs_see_no_later_step():
    layer = MultiHeadAttention(2, 3)
    y = layer(X, X, use_causal_mask=True).numpy()
    later = X.copy()
    later[:, 3:] = 7
    np.testing.assert_allclose(
        layer(later, later, use_causal_mask=True).numpy()[:, :3], y[:, :3], atol=1e-6
    )


def test_masks():
    layer = MultiHeadAttention(2, 3)
    x = ops.convert_to_tensor(X)
    x.mask = Mask(np.array([[True, True, True, False, False]] * 2))
    y, weights = layer(x, x, return_attention_scores=True)
    assert (weights.numpy()[..., 3:] == 0).all()
    assert y.mask is x.mask
    assert layer(x, x).mask is x.mask
    mask = np.zeros((2, 5, 5), bool)
    mask[:, :, 1] = True
    _, only = layer(X, X, attention_mask=mask, return_attention_scores=True)
    np.testing.assert_allclose(only.numpy()[..., 1], 1)


def test_paths_of_weights_and_their_starts():
    layer = MultiHeadAttention(2, 3, value_dim=4, use_gate=True, name="mha")
    layer(X, X)
    shapes = {v.path: v.shape for v in layer.weights}
    assert shapes["mha/query/kernel"] == (6, 2, 3)
    assert shapes["mha/gate/kernel"] == (6, 2, 4)
    assert shapes["mha/attention_output/kernel"] == (2, 4, 6)
    limit = np.sqrt(6 / (6 + 2 * 3))  # the fans are products of axes
    assert 0.7 * limit < np.abs(layer.query_dense.kernel.numpy()).max() <= limit
    starts = [v.numpy() for v in layer.weights if v.shape == (6, 2, 3)]
    assert not np.array_equal(starts[0], starts[1])


def test_steps_on_two_axes():
    x = RNG.normal(size=(2, 3, 4, 5)).astype("f4")
    assert MultiHeadAttention(2, 3, attention_axes=(1, 2))(x, x).shape == (2, 3, 4, 5)
    rows = MultiHeadAttention(2, 3, attention_axes=2)
    y = rows(x, x).numpy()
    np.testing.assert_allclose(rows(x[:, :1], x[:, :1]).numpy(), y[:, :1], atol=1e-6)


def test_symbolic():
    layer = MultiHeadAttention(2, 3, output_shape=7)
    assert layer(Input((None, 6)), Input((4, 5))).shape == (None, None, 7)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: MultiHeadAttention(0, 2), "num_heads must be a positive int"),
        (lambda: MultiHeadAttention(2, 2.0), "key_dim must be a positive int"),
        (lambda: MultiHeadAttention(2, 2, value_dim=-1), "value_dim"),
        (lambda: MultiHeadAttention(2, 2, sliding_window=0), "sliding_window"),
        (lambda: MultiHeadAttention(2, 2, output_shape=1.5), "output_shape"),
        (lambda: MultiHeadAttention(2, 2, attention_axes="a"), "attention_axes"),
        (lambda: MultiHeadAttention(2, 2, 2, 0.5, flash_attention=True), "flash_attention"),
        (lambda: MultiHeadAttention(2, 2)(X, X, X[:, :2]), "value and key must agree"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
