"""The cells by themselves, against the layers that the core runs."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, layers, ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 4)).astype("f4")
PAIRS = [
    ("SimpleRNN", {}), ("LSTM", {}), ("GRU", {}), ("GRU", {"reset_after": False}),
    ("LSTM", {"use_bias": False}), ("GRU", {"use_bias": False}),
]  # fmt: skip


def unrolled(cell, x, training=False):
    states = cell.get_initial_state(x.shape[0])
    for t in range(x.shape[1]):
        y, states = cell(x[:, t], states, training=training)
    cell.reset_dropout_mask()
    return y


@pytest.mark.parametrize(("name", "arguments"), PAIRS)
def test_steps_of_a_cell_are_the_layer(name, arguments):
    cell = getattr(layers, f"{name}Cell")(6, **arguments)
    layer = getattr(layers, name)(6, **arguments)
    layer.build(X.shape)
    cell.build((3, 4))
    cell.set_weights(layer.get_weights())
    x = ops.convert_to_tensor(X)
    results = []
    for function, weights in ((layer, layer.weights), (lambda x: unrolled(cell, x), cell.weights)):
        with GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        results.append([y, *tape.gradient(y, [x, *weights])])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-5)


@pytest.mark.parametrize("name", ["SimpleRNNCell", "LSTMCell", "GRUCell"])
def test_dropout_factors_stay_until_they_are_reset(name):
    cell = getattr(layers, name)(6, dropout=0.5, recurrent_dropout=0.5, seed=1)
    states = [ops.ones((3, 6)) for _ in range(cell.state_count)]
    first = cell(X[:, 0], states, training=True)[0].numpy()
    again = cell(X[:, 0], states, training=True)[0].numpy()
    np.testing.assert_array_equal(first, again)
    cell.reset_dropout_mask()
    assert not np.array_equal(cell(X[:, 0], states, training=True)[0].numpy(), first)
    assert not np.array_equal(cell(X[:, 0], states)[0].numpy(), first)


def test_states_in_and_out():
    cell = layers.LSTMCell(6, name="lstm_cell")
    assert cell.state_size == [6, 6]
    assert layers.GRUCell(6).state_size == 6
    h = ops.zeros((3, 6))
    _, new = layers.GRUCell(6)(X[:, 0], h)
    assert new.shape == (3, 6)
    cell(X[:, 0], [h, h])
    assert cell.bias.numpy()[6:12].tolist() == [1.0] * 6
    assert cell.weights[0].path == "lstm_cell/kernel"
    for name in ("SimpleRNNCell", "LSTMCell", "GRUCell"):
        with pytest.raises(ValueError, match="units must be a positive int"):
            getattr(layers, name)(0)
