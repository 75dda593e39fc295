"""Stateful layers: states go on from batch to batch, change at the end of a step, have one user."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Input, SimpleRNN, stateful
from tidegate.models import Sequential
from tidegate.optimizers import SGD

X = np.random.default_rng(5).normal(size=(2, 8, 4)).astype("f4")


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_two_halves_are_one_sequence(kind):
    layer = kind(5, stateful=True)
    layer(X[:, :3])
    y = layer(X[:, 3:]).numpy()
    layer.reset_state()
    np.testing.assert_allclose(layer(X).numpy(), y, atol=1e-6)
    assert [state.path for state in layer.states] == [f"{layer.name}/rnn_state"] * layer.state_count
    assert len(layer.weights) == 3
    assert len(layer.variables) == 3 + layer.state_count


def test_initial_state_overrides_and_the_end_is_kept():
    layer = LSTM(5, stateful=True, return_state=True)
    _, h, c = layer(X)
    layer.reset_states()
    layer(X[:, :1], initial_state=[h, c])
    assert np.abs(layer.states[0].numpy()).max() > 0


def test_bidirectional():
    layer = Bidirectional(GRU(5, stateful=True))
    a = layer(X).numpy()
    assert not np.array_equal(a, layer(X).numpy())
    layer.reset_state()
    np.testing.assert_array_equal(a, layer(X).numpy())


def model():
    net = Sequential([Input(batch_shape=(2, None, 4)), LSTM(5, stateful=True), Dense(1)])
    net.compile("sgd", "mse")
    return net


def test_fit_predict_and_evaluate_move_the_states():
    net = model()
    states = net.layers[0].states
    seen = [states[0].numpy()]
    net.predict(X, batch_size=2, verbose=0)
    seen.append(states[0].numpy())
    net.evaluate(X, np.zeros(2), batch_size=2, verbose=0)
    seen.append(states[0].numpy())
    net.fit(X, np.zeros(2), batch_size=2, verbose=0)
    seen.append(states[0].numpy())
    assert len({state.tobytes() for state in seen}) == 4


def test_batch_size_must_be_fixed_and_met():
    with pytest.raises(ValueError, match="stateful=True needs a fixed batch size"):
        LSTM(5, stateful=True)(Input((None, 4)))
    with pytest.raises(ValueError, match="keeps states for batches of 2"):
        model().predict(np.zeros((3, 8, 4)), batch_size=3, verbose=0)


def test_states_change_when_the_step_ends():
    layer = LSTM(5, stateful=True)
    layer(X)
    layer.reset_state()
    with stateful.step():
        layer(X)
        assert not layer.states[0].numpy().any()
    assert layer.states[0].numpy().any()
    layer.reset_state()

    def interrupted():
        with stateful.step():
            layer(X)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not layer.states[0].numpy().any()


def test_a_second_user_gets_an_error():
    net = model()
    net.predict(X, batch_size=2, verbose=0)
    errors = []

    def other():
        try:
            net.predict(X, batch_size=2, verbose=0)
        except RuntimeError as error:
            errors.append(str(error))

    with stateful.exclusive_use([net.layers[0]]):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        net.predict(X, batch_size=2, verbose=0)  # this thread may go on
    assert len(errors) == 1
    assert "a stateful layer has one user at a time" in errors[0]
    other()
    assert len(errors) == 1


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_fit_is_truncated_backpropagation(kind):
    """Three batches in a row, against one sequence whose gradients are cut at their borders."""
    steps = 4
    x = np.random.default_rng(6).normal(size=(2, 3 * steps, 4)).astype("f4")
    pieces = [x[:, at : at + steps] for at in range(0, 3 * steps, steps)]
    net = Sequential([Input(batch_shape=(2, None, 4)), kind(5, stateful=True)])
    # A learning rate of 1 writes the gradients into the weights; these cannot move between pieces.
    summed, start = [], net.get_weights()
    for piece in pieces:
        net.set_weights(start)
        net.compile(SGD(1.0), lambda _, y: ops.sum(y, axis=-1))
        net.fit(piece, np.zeros((2, 5)), batch_size=2, shuffle=False, verbose=0)
        summed.append([a - b for a, b in zip(start, net.get_weights(), strict=True)])
    whole = kind(5, truncate=steps, return_sequences=True)
    whole.build(x.shape)
    whole.set_weights(start)
    dy = np.zeros((2, 3 * steps, 5), "f4")
    dy[:, steps - 1 :: steps] = 0.5
    _, _, expected = ops.vjp(whole, ops.convert_to_tensor(x), dy)
    for parts, gradient in zip(zip(*summed, strict=True), expected, strict=True):
        np.testing.assert_allclose(np.sum(parts, axis=0), gradient.numpy(), atol=1e-5)
