"""Bidirectional: both directions, merge modes, states, masks."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Input, SimpleRNN
from tidegate.mask import Mask

RNG = np.random.default_rng(5)
X = RNG.normal(size=(3, 6, 4)).astype("f4")
MASK = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 0, 1], [1, 1, 1, 1, 1, 1]], bool)
MERGE = {
    "concat": lambda a, b: np.concatenate([a, b], -1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}


def halves(layer, x, **kwargs):
    """What the two layers inside give by themselves, the backward one in time order."""
    a = layer.forward_layer(x, **kwargs)
    b = layer.backward_layer(x, **kwargs)
    if layer.return_sequences:
        b = ops.flip(b, axis=1)
    return a.numpy(), b.numpy()


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("mode", [*MERGE, None])
def test_is_two_layers_merged(kind, sequences, mode):
    layer = Bidirectional(kind(5, return_sequences=sequences), merge_mode=mode)
    y = layer(X)
    a, b = halves(layer, X)
    if mode is None:
        np.testing.assert_allclose(y[0].numpy(), a, atol=1e-6)
        np.testing.assert_allclose(y[1].numpy(), b, atol=1e-6)
    else:
        np.testing.assert_allclose(y.numpy(), MERGE[mode](a, b), atol=1e-6)


def test_names_and_order_of_weights():
    layer = Bidirectional(LSTM(5, name="l"), name="bi")
    layer.build((None, None, 4))
    assert (layer.forward_layer.name, layer.backward_layer.name) == ("forward_l", "backward_l")
    assert [v.path for v in layer.weights][::3] == [
        "bi/forward_l/lstm_cell/kernel", "bi/backward_l/lstm_cell/kernel",
    ]  # fmt: skip
    assert layer.backward_layer.go_backwards


def test_states():
    layer = Bidirectional(LSTM(5, return_state=True, return_sequences=True))
    y, hf, cf, hb, cb = layer(X)
    np.testing.assert_array_equal(y.numpy()[:, -1, :5], hf.numpy())
    np.testing.assert_array_equal(y.numpy()[:, 0, 5:], hb.numpy())
    again = layer(X, initial_state=[hf, cf, hb, cb])[0].numpy()
    a = layer.forward_layer(X, initial_state=[hf, cf])[0].numpy()
    np.testing.assert_allclose(again[..., :5], a, atol=1e-6)
    pair = Bidirectional(GRU(5, return_state=True), merge_mode=None)(X)
    assert len(pair) == 4
    with pytest.raises(
        ValueError, match="initial_state must have 4 tensors, forward then backward"
    ):
        layer(X, initial_state=[hf, cf])


@pytest.mark.parametrize("sequences", [False, True])
def test_masks(sequences):
    layer = Bidirectional(LSTM(5, return_sequences=sequences))
    x = ops.convert_to_tensor(X)
    x.mask = Mask(MASK)
    y = layer(x)
    if sequences:
        assert y.mask is x.mask
        assert (y.numpy()[~MASK] == 0).all()
    else:
        assert y.mask is None
    # The row with three valid steps, by itself.
    np.testing.assert_allclose(
        y.numpy()[0, :3] if sequences else y.numpy()[0],
        layer(X[:1, :3]).numpy()[0],
        atol=1e-6,
    )


def test_dropout_of_both_directions():
    layer = Bidirectional(LSTM(5, dropout=0.5, recurrent_dropout=0.5, seed=1))
    layer(X)
    assert not np.array_equal(layer(X, training=True).numpy(), layer(X, training=True).numpy())


def test_shapes():
    x = Input((None, 4))
    assert Bidirectional(LSTM(5))(x).shape == (None, 10)
    assert Bidirectional(GRU(5, return_sequences=True), merge_mode="sum")(x).shape == (
        None,
        None,
        5,
    )
    _y, *states = Bidirectional(LSTM(5, return_state=True))(x)
    assert len(states) == 4


def test_gradients_reach_both_directions():
    layer = Bidirectional(LSTM(3), merge_mode="ave")
    _, dx, dweights = ops.vjp(layer, ops.convert_to_tensor(X), np.ones((3, 3), "f4"))
    assert len(dweights) == 6
    assert all(np.abs(dw.numpy()).max() > 0 for dw in (dx, *dweights))


def test_errors():
    with pytest.raises(ValueError, match="layer must be a Layer"):
        Bidirectional(LSTM)
    with pytest.raises(ValueError, match="merge_mode must be one of"):
        Bidirectional(LSTM(2), merge_mode="max")
    with pytest.raises(ValueError, match="must differ in go_backwards"):
        Bidirectional(LSTM(2, go_backwards=True))
    with pytest.raises(TypeError, match="layer must be recurrent"):
        Bidirectional(Dense(2))
    with pytest.raises(ValueError, match="must agree in return_sequences"):
        Bidirectional(LSTM(2), backward_layer=LSTM(2, go_backwards=True, return_sequences=True))
    with pytest.raises(AttributeError, match="must be stateful"):
        Bidirectional(LSTM(2)).reset_state()


@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("sequences", [False, True])
def test_a_backward_layer_of_its_own(merge_mode, sequences):
    back = GRU(5, go_backwards=True, return_sequences=sequences, name="back")
    layer = Bidirectional(
        LSTM(5, return_sequences=sequences), merge_mode=merge_mode, backward_layer=back
    )
    y = layer(X, mask=MASK)
    a = layer.forward_layer(X, mask=MASK).numpy()
    b = back(X, mask=MASK).numpy()
    b = b[:, ::-1] if sequences else b
    merges = {
        "concat": lambda: np.concatenate([a, b], -1), "sum": lambda: a + b, "mul": lambda: a * b,
        "ave": lambda: (a + b) / 2, None: lambda: np.stack([a, b]),
    }  # fmt: skip
    got = np.stack([part.numpy() for part in y]) if merge_mode is None else y.numpy()
    np.testing.assert_allclose(got, merges[merge_mode](), atol=1e-6)
    assert [v.path.split("/")[1] for v in layer.weights[3:]] == ["back"] * 3


def test_both_ways_agree():
    """Two layers of one configuration give what one call of the core gives."""
    fused = Bidirectional(LSTM(5, return_sequences=True, return_state=True))
    fused(X)
    both = Bidirectional.from_config(fused.get_config())
    both.build(X.shape)
    both.set_weights(fused.get_weights())
    both._fused = False
    for one, other in zip(fused(X, mask=MASK), both(X, mask=MASK), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)


def test_stateful_layers_of_different_kinds_keep_their_states():
    layer = Bidirectional(
        LSTM(2, stateful=True), backward_layer=GRU(3, go_backwards=True, stateful=True)
    )
    first = layer(X).numpy()
    assert len(layer.states) == 3
    assert not np.array_equal(layer(X).numpy(), first)
    layer.reset_state()
    np.testing.assert_array_equal(layer(X).numpy(), first)
