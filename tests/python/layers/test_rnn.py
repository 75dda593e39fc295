"""RNN around any cell."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import GradientTape, Model, explain, layers, ops
from tidegate.layers import RNN, GRUCell, Input, Layer, LSTMCell
from tidegate.mask import Mask

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 6, 4)).astype("f4")
MASK = np.array([[1, 1, 0, 1, 0, 0], [0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]], bool)


class SlowLSTM(LSTMCell):
    """The same equations in a class that the core does not know."""


class Leaky(Layer):
    """A cell of one's own: h = 0.5 h + x W."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], self.units), name="w")

    def call(self, inputs, states):
        h = 0.5 * states[0] + ops.matmul(inputs, self.w)
        return h, [h]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("depth", [1, 2])
def test_both_ways_of_running_a_cell_agree(backwards, zero, sequences, depth):
    options = {
        "go_backwards": backwards, "zero_output_for_mask": zero, "return_sequences": sequences,
        "return_state": True,
    }  # fmt: skip
    results, weights = [], None
    for kind in (LSTMCell, SlowLSTM):
        layer = RNN([kind(5) for _ in range(depth)] if depth > 1 else kind(5), **options)
        layer.build(X.shape)
        weights = weights or layer.get_weights()
        layer.set_weights(weights)
        x = ops.convert_to_tensor(X)
        x.mask = Mask(MASK)
        with GradientTape() as tape:
            tape.watch(x)
            y = [t for part in layer(x) for t in (part if isinstance(part, list) else [part])]
            total = sum(ops.sum(t * t) for t in y)
        results.append([*y, *tape.gradient(total, [x, *layer.weights])])
        ran = explain(layer, X)["op"]
        assert (ran == "lstm") == (kind is LSTMCell)
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=2e-5)


def test_dropout_draws_once_for_a_sequence_and_alike_in_both_ways():
    results = []
    for kind in (LSTMCell, SlowLSTM):
        layer = RNN(kind(5, dropout=0.5, recurrent_dropout=0.5, seed=3), return_sequences=True)
        layer.build(X.shape)
        layer.set_weights([np.ones(w.shape, "f4") / 10 for w in layer.weights])
        results.append(layer(X, training=True).numpy())
    np.testing.assert_allclose(results[0], results[1], atol=1e-6)


def test_memory_modes_reach_the_cells_in_the_core():
    from tidegate import RematScope

    with RematScope("recompute"):
        layer = RNN([LSTMCell(5), LSTMCell(5)])
    modes = [op["remat"] for op in explain(layer, X)["ops"] if op["op"] == "lstm"]
    assert modes == ["recompute"] * 2


def test_a_cell_of_ones_own_trains():
    x = Input((None, 4))
    model = Model(x, layers.Dense(1)(RNN(Leaky(3), name="own")(x)))
    model.compile("adam", "mse")
    before = [v.path for v in model.weights]
    assert before[0].startswith("own/leaky")
    losses = model.fit(X, X[:, -1, :1], epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    expected = np.zeros((3, 3), "f4")
    w = model.layers[1].cell.w.numpy()
    for t in range(6):
        expected = 0.5 * expected + X[:, t] @ w
    np.testing.assert_allclose(model.layers[1](X).numpy(), expected, atol=1e-5)


def test_an_object_that_is_no_layer_is_a_cell():
    class Count:
        state_size = 1
        output_size = 1

        def call(self, inputs, states):
            return states[0] + 1.0, states[0] + 1.0

    assert RNN(Count())(X).numpy().tolist() == [[6.0]] * 3


def test_stateful():
    layer = RNN([LSTMCell(2), GRUCell(3)], stateful=True, return_state=True)
    first = layer(X)
    assert [s.shape for s in layer.states[0]] == [(3, 2)] * 2
    np.testing.assert_array_equal(layer.states[1].numpy(), first[-1].numpy())
    assert not np.array_equal(layer(X)[0].numpy(), first[0].numpy())
    layer.reset_state()
    np.testing.assert_array_equal(layer(X)[0].numpy(), first[0].numpy())
    assert len(layer.weights) == 6
    assert len(layer.variables) == 9
    with pytest.raises(ValueError, match="keeps states for batches of 3"):
        layer(X[:2])
    with pytest.raises(ValueError, match="fixed batch size"):
        RNN(GRUCell(2), stateful=True)(Input((6, 4)))


def test_initial_state_and_its_errors():
    layer = RNN(LSTMCell(2))
    h = ops.ones((3, 2))
    assert not np.array_equal(layer(X, initial_state=[h, h]).numpy(), layer(X).numpy())
    with pytest.raises(ValueError, match="initial_state must have 2 tensors"):
        layer(X, initial_state=[h])


def test_symbolic_shapes_and_configuration():
    x = Input((None, 4))
    y, states, h = RNN([LSTMCell(2), GRUCell(3)], return_state=True)(x)
    assert (y.shape, [s.shape for s in states], h.shape) == ((None, 3), [(None, 2)] * 2, (None, 3))
    layer = RNN(Leaky(3), return_sequences=True)
    with pytest.raises(TypeError, match="unknown layer"):
        RNN.from_config(layer.get_config())
    again = RNN.from_config(layer.get_config(), {"Leaky": Leaky})
    assert again.get_config() == layer.get_config()


def test_both_directions_of_a_cell_of_ones_own():
    layer = layers.Bidirectional(RNN(Leaky(3), return_sequences=True))
    y = layer(X).numpy()
    back = layer.backward_layer(X).numpy()[:, ::-1]
    np.testing.assert_array_equal(y[..., 3:], back)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: RNN(object()), "the cell must have call"),
        (lambda: RNN(layers.Dense(2)), "the cell must have state_size"),
        (lambda: RNN(LSTMCell(2), unroll=True)(Input((None, 3))), "known number of steps"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
