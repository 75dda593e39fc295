"""SimpleRNN, LSTM, GRU: values, return flags, states, masks, dropout. The maths has tests of its
own in tests/conformance; here it is the layer around the op."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import GRU, LSTM, Bidirectional, Input, SimpleRNN
from tidegate.mask import Mask

CELLS = [SimpleRNN, LSTM, GRU]
RNG = np.random.default_rng(5)
X = RNG.normal(size=(3, 6, 4)).astype("f4")
MASK = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 0, 1], [1, 1, 1, 1, 1, 1]], bool)


def layer_and_copy(kind, **arguments):
    """Two layers with the same weights, the second with the given arguments."""
    plain = kind(5, bias_initializer="random_uniform")
    plain.build(X.shape)
    other = kind(5, **arguments)
    other.build(X.shape)
    other.set_weights(plain.get_weights())
    return plain, other


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, [0.6288687, 0.86899155, 0.9460773]),
        ({"go_backwards": True}, [0.35622165, 0.74789524, 0.8872726]),
        (
            {"implementation": 1, "unroll": True, "use_cudnn": False},
            [0.6288687, 0.86899155, 0.9460773],
        ),
    ],
)
def test_golden_values_of_keras(arguments, expected):
    from tidegate.initializers import Constant

    layer = LSTM(
        3,
        kernel_initializer=Constant(0.01),
        recurrent_initializer=Constant(0.02),
        bias_initializer=Constant(0.03),
        **arguments,
    )
    y = layer(np.arange(72.0).reshape(3, 6, 4)).numpy()
    np.testing.assert_allclose(y, np.repeat(np.array(expected)[:, None], 3, axis=1), rtol=1e-5)


@pytest.mark.parametrize("kind", CELLS)
def test_return_flags_agree(kind):
    last, full = layer_and_copy(kind, return_sequences=True, return_state=True)
    y, *states = full(X)
    assert len(states) == full.state_count
    np.testing.assert_array_equal(last(X).numpy(), y.numpy()[:, -1])
    np.testing.assert_array_equal(states[0].numpy(), y.numpy()[:, -1])


@pytest.mark.parametrize("kind", CELLS)
def test_initial_state_goes_on_where_the_states_ended(kind):
    last, full = layer_and_copy(kind, return_state=True)
    _, *states = full(X[:, :2])
    np.testing.assert_allclose(
        last(X[:, 2:], initial_state=states).numpy(), last(X).numpy(), atol=1e-6
    )
    arrays = [state.numpy().astype("f8") for state in states]
    np.testing.assert_allclose(
        last(X[:, 2:], initial_state=arrays).numpy(), last(X).numpy(), atol=1e-6
    )


@pytest.mark.parametrize("kind", CELLS)
def test_go_backwards_gives_the_sequence_in_the_order_of_processing(kind):
    _, forward = layer_and_copy(kind, return_sequences=True)
    backward = kind(5, return_sequences=True, go_backwards=True)
    backward.build(X.shape)
    backward.set_weights(forward.get_weights())
    np.testing.assert_allclose(
        backward(X).numpy(), forward(np.ascontiguousarray(X[:, ::-1])).numpy(), atol=1e-6
    )


@pytest.mark.parametrize("kind", CELLS)
def test_masked_steps_repeat_the_step_before(kind):
    _, layer = layer_and_copy(kind, return_sequences=True)
    x = ops.convert_to_tensor(X)
    x.mask = Mask(MASK)
    y = layer(x)
    assert y.mask is x.mask
    values = y.numpy()
    np.testing.assert_array_equal(values[0, 3:], np.repeat(values[0, 2:3], 3, axis=0))
    np.testing.assert_array_equal(values[1, :2], 0)
    np.testing.assert_array_equal(values[1, 4], values[1, 3])
    alone = layer(X[:1, :3]).numpy()
    np.testing.assert_allclose(values[0, :3], alone[0], atol=1e-6)
    _, last = layer_and_copy(kind)
    assert last(x).mask is None


@pytest.mark.parametrize("kind", CELLS)
def test_zero_output_for_mask(kind):
    _, layer = layer_and_copy(kind, return_sequences=True, zero_output_for_mask=True)
    y = layer(X, mask=MASK).numpy()
    assert (y[~MASK] == 0).all()
    assert (y[MASK] != 0).any(axis=-1).all()


@pytest.mark.parametrize("kind", CELLS)
def test_dropout_in_training_only_one_mask_for_all_steps(kind):
    layer = kind(5, dropout=0.5, recurrent_dropout=0.4, seed=1, return_sequences=True)
    layer.build(X.shape)
    before = layer.seed_generator.state
    quiet = layer(X).numpy()
    np.testing.assert_array_equal(quiet, layer(X).numpy())
    assert layer.seed_generator.state == before
    a, b = layer(X, training=True).numpy(), layer(X, training=True).numpy()
    assert not np.array_equal(a, b)
    x_masks, h_masks = layer.dropout_masks(ops.convert_to_tensor(X), True)
    gates = () if kind is SimpleRNN else (layer.gates,)
    assert x_masks.shape == (*gates, 3, 4)
    assert h_masks.shape == (*gates, 3, 5)
    assert set(np.unique(x_masks)) <= {np.float32(0), np.float32(2)}


def test_input_dropout_alone_is_shared_by_the_gates():
    layer = LSTM(5, dropout=0.5, seed=1)
    layer.build(X.shape)
    x_mask, h_mask = layer.dropout_masks(ops.convert_to_tensor(X), True)
    assert x_mask.shape == (3, 4)
    assert h_mask is None
    expected = layer(np.ascontiguousarray(X * x_mask[:, None])).numpy()
    layer.seed_generator.state = (1, 0, 0)
    np.testing.assert_allclose(layer(X, training=True).numpy(), expected, atol=1e-6)


def test_a_rate_of_one_drops_nothing_in_gated_cells():
    layer = LSTM(5, dropout=1.0)
    layer.build(X.shape)
    np.testing.assert_array_equal(layer(X, training=True).numpy(), layer(X).numpy())
    simple = SimpleRNN(5, dropout=1.0)
    simple.build(X.shape)
    zeros = simple(np.zeros_like(X)).numpy()
    np.testing.assert_array_equal(simple(X, training=True).numpy(), zeros)


def test_weights_have_the_shapes_of_keras():
    shapes = {}
    for layer in (
        SimpleRNN(5),
        LSTM(5),
        GRU(5),
        GRU(5, reset_after=False),
        LSTM(5, use_bias=False),
    ):
        layer.build((None, None, 4))
        shapes[layer.name] = [v.shape for v in layer.weights]
    assert list(shapes.values()) == [
        [(4, 5), (5, 5), (5,)],
        [(4, 20), (5, 20), (20,)],
        [(4, 15), (5, 15), (2, 15)],
        [(4, 15), (5, 15), (15,)],
        [(4, 20), (5, 20)],
    ]


def test_the_forget_gate_starts_open():
    layer = LSTM(3)
    layer.build((None, None, 4))
    assert layer.get_weights()[2].tolist() == [0] * 3 + [1] * 3 + [0] * 6
    plain = LSTM(3, unit_forget_bias=False)
    plain.build((None, None, 4))
    assert not plain.get_weights()[2].any()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "linear", "hard_sigmoid", None])
def test_activations(activation):
    layer = SimpleRNN(5, activation=activation)
    y = layer(X[:, :1]).numpy()
    expected = layer.activation(
        ops.convert_to_tensor(np.tensordot(X[:, 0], layer.get_weights()[0], 1))
    )
    np.testing.assert_allclose(y, expected.numpy(), atol=1e-5)


def test_symbolic_states():
    x = Input((None, 4))
    y, h, c = LSTM(5, return_state=True)(x)
    assert (y.shape, h.shape, c.shape) == ((None, 5),) * 3
    assert GRU(5, return_sequences=True)(x, initial_state=h).shape == (None, None, 5)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: LSTM(0), "units must be a positive int"),
        (lambda: LSTM(2)(X, initial_state=[np.zeros((3, 2))]), r"initial_state must have 2 tensor"),
        (lambda: LSTM(2)(Input((None, None))), "features of the input must be known"),
        (lambda: LSTM(2, unroll=True)(Input((None, 3))), "unroll needs a known number of steps"),
        (lambda: GRU(2)(X, initial_state=np.zeros((3, 7))), "state"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()


@pytest.mark.parametrize("kind", CELLS)
def test_truncate_cuts_gradients_and_nothing_else(kind):
    plain, cut = layer_and_copy(kind, truncate=2)
    np.testing.assert_array_equal(plain(X).numpy(), cut(X).numpy())
    x = ops.convert_to_tensor(X)
    dy = np.ones((3, 5), "f4")
    _, whole, _ = ops.vjp(plain, x, dy)
    _, dx, _ = ops.vjp(cut, x, dy)
    assert not dx.numpy()[:, :4].any()
    np.testing.assert_array_equal(dx.numpy()[:, 4:], whole.numpy()[:, 4:])
    # Masked steps are no steps: the second row has its last two at 3 and 5.
    _, dx, _ = ops.vjp(lambda x: cut(x, mask=MASK), x, dy)
    assert dx.numpy().any(axis=2).tolist() == [
        [False, False, True, False, False, False],
        [False, False, False, False, False, True],
        [False, False, False, False, True, True],
    ]


def test_truncate_is_in_the_config_only_when_set():
    assert "truncate" not in LSTM(3).get_config()
    config = LSTM(3, truncate=7).get_config()
    assert config["truncate"] == 7
    assert LSTM.from_config(config).truncate == 7
    assert Bidirectional(GRU(3, truncate=4)).backward_layer.truncate == 4


@pytest.mark.parametrize("truncate", [0, -1, 2.0, True, "3"])
def test_truncate_must_be_a_number_of_steps(truncate):
    with pytest.raises(ValueError, match="truncate must be a positive number of steps, or None"):
        GRU(3, truncate=truncate)
    w = [np.ones(shape, "f4") for shape in ((4, 2), (2, 2))]
    with pytest.raises(ValueError, match=r"\[simple_rnn\] truncate must be a positive number"):
        ops.simple_rnn(X, *w, truncate=truncate)


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_ways_of_keras_are_checked(kind):
    kind(2, use_cudnn=True, implementation=1)
    with pytest.raises(
        ValueError, match=r"use_cudnn must be \"auto\", True or False. Received: 1.5"
    ):
        kind(2, use_cudnn=1.5)
    for name in ("use_cudnn", "implementation"):
        with pytest.raises(ValueError, match=f"unrecognized keyword arguments. Received: '{name}'"):
            SimpleRNN(2, **{name: 1})
