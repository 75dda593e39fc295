"""``layer.cell``: made once, with the layer's variables, whichever is built first."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from tidegate import Sequential, layers

X = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("f4")
kinds = pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.LSTM, layers.GRU])


def stepped(cell):
    states = cell.get_initial_state(len(X))
    for t in range(X.shape[1]):
        y, states = cell(X[:, t], states)
    return y.numpy()


@kinds
@pytest.mark.parametrize("first", ["layer", "cell", "cell asked"])
def test_one_set_of_weights(kind, first):
    layer = kind(6)
    if first == "cell asked":
        assert layer.cell.kernel is None
    if first == "cell":
        layer.cell.build((None, 3))
    layer.build(X.shape)
    assert layer.cell is layer.cell
    assert [id(v) for v in layer.cell.weights] == [id(v) for v in layer.weights]
    assert layer.count_params() == sum(v.size for v in layer.weights)
    np.testing.assert_allclose(layer(X).numpy(), stepped(layer.cell), rtol=1e-5, atol=1e-6)
    layer.set_weights([0.5 * w for w in layer.get_weights()])
    np.testing.assert_allclose(layer(X).numpy(), stepped(layer.cell), rtol=1e-5, atol=1e-6)


@kinds
def test_it_changes_nothing_about_the_layer(kind):
    plain, asked = (Sequential([layers.Input((5, 3)), kind(4, name="it")]) for _ in range(2))
    assert asked.layers[0].cell.built
    assert len(asked.weights) == len(plain.weights) == 3
    assert asked.layers[0].sublayers() == []
    assert asked.layers[0].get_config() == plain.layers[0].get_config()
    copied = copy.deepcopy(asked.layers[0])
    assert copied.cell.kernel is copied.kernel
    assert copied.kernel is not asked.layers[0].kernel
    asked.layers[0].cell.trainable = False
    assert asked.trainable_weights == []


def test_the_seed_is_shared():
    layer = layers.LSTM(4, dropout=0.5, seed=3)
    layer.build(X.shape)
    assert layer.cell.seed_generator is layer.seed_generator


def test_a_cell_of_another_width():
    layer = layers.GRU(4)
    layer.cell.build((None, 2))
    with pytest.raises(ValueError, match=r"the cell was built for 2 features. Received: 3"):
        layer.build(X.shape)
