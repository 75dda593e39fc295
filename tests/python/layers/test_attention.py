"""Attention and AdditiveAttention."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import AdditiveAttention, Attention, Input
from tidegate.layers.attention import causal_mask
from tidegate.mask import Mask

RNG = np.random.default_rng(0)
Q, V = RNG.normal(size=(2, 3, 4)).astype("f4"), RNG.normal(size=(2, 5, 4)).astype("f4")


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_dot_product():
    y, weights = Attention()([Q, V], return_attention_scores=True)
    expected = softmax(np.einsum("bqf,bvf->bqv", Q, V))
    np.testing.assert_allclose(weights.numpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(y.numpy(), np.einsum("bqv,bvf->bqf", expected, V), atol=1e-5)


def test_additive():
    layer = AdditiveAttention()
    y = layer([Q, V])
    scores = (layer.scale.numpy() * np.tanh(Q[:, :, None] + V[:, None])).sum(-1)
    np.testing.assert_allclose(y.numpy(), np.einsum("bqv,bvf->bqf", softmax(scores), V), atol=1e-5)
    assert "score_mode" not in layer.get_config()


def test_masks():
    query, value = ops.convert_to_tensor(Q), ops.convert_to_tensor(V)
    query.mask = Mask(np.array([[True, True, False]] * 2))
    value.mask = Mask(np.array([[True, True, False, False, False]] * 2))
    y, weights = Attention()([query, value], return_attention_scores=True)
    assert (weights.numpy()[..., 2:] == 0).all()
    assert (y.numpy()[:, 2] == 0).all()
    assert Attention()([query, value]).mask is not None
    _, causal = Attention()([Q, V], return_attention_scores=True, use_causal_mask=True)
    assert (causal.numpy()[:, ~causal_mask(3, 5).numpy()[0]] == 0).all()


def test_dropout_of_weights_only_in_training():
    layer = Attention(dropout=0.5, seed=1)
    assert layer([Q, V]).numpy().tolist() == Attention()([Q, V]).numpy().tolist()
    assert layer([Q, V], training=True).numpy().tolist() != layer([Q, V]).numpy().tolist()


def test_symbolic():
    q, v = Input((None, 4)), Input((5, 7))
    assert Attention()([q, v, Input((5, 4))]).shape == (None, None, 7)
    y, weights = Attention()([q, Input((5, 4))], return_attention_scores=True)
    assert (y.shape, weights.shape) == ((None, None, 4), (None, None, 5))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Attention(score_mode="sum"), "score_mode"),
        (lambda: Attention()(Q), "inputs must be a list"),
        (lambda: Attention()([Q]), "inputs must be a list"),
        (lambda: Attention()([Q, V], mask=np.ones((2, 3), bool)), "mask must be a list"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
