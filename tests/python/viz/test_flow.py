"""Gradient through time: right numbers on a layer whose gradient is known, and its picture."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate as keras
from tidegate import viz
from tidegate.layers import LSTM, SimpleRNN


def linear_layer(factor: float) -> SimpleRNN:
    """h_t = x_t + factor h_{t-1}, one unit: the gradient falls by ``factor`` a step."""
    layer = SimpleRNN(1, activation=None, use_bias=False)
    layer.build((None, None, 1))
    layer.set_weights([np.ones((1, 1), np.float32), np.full((1, 1), factor, np.float32)])
    return layer


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_flow_of_a_linear_layer_is_a_power(factor):
    x = np.ones((3, 6, 1), np.float32)
    flow = viz.gradient_flow(linear_layer(factor), x)
    np.testing.assert_allclose(flow, factor ** np.arange(5, -1, -1.0), rtol=1e-6)


def test_a_layer_that_returns_sequences_and_states_gives_the_same_flow():
    keras.utils.set_random_seed(0)
    layer = LSTM(3)
    x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(2, 5, 4)
    layer(x)
    other = LSTM(3, return_sequences=True, return_state=True)
    other(x)
    other.set_weights(layer.get_weights())
    np.testing.assert_allclose(viz.gradient_flow(other, x), viz.gradient_flow(layer, x), rtol=1e-5)


@pytest.mark.parametrize("shape", [(2, 3), (0, 3, 1), (2, 0, 1)])
def test_x_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"x must be floating point, \[B, T, I\]"):
        viz.gradient_flow(linear_layer(1.0), np.zeros(shape, np.float32))


def test_picture_has_one_curve_per_layer():
    pytest.importorskip("matplotlib")
    x = np.ones((2, 6, 1), np.float32)
    figure = viz.plot_gradient_flow({"half": linear_layer(0.5), "lost": linear_layer(0.0)}, x)
    half, lost = figure.axes[0].get_lines()
    np.testing.assert_allclose(half.get_ydata(), 0.5 ** np.arange(6.0), rtol=1e-6)
    assert np.isnan(lost.get_ydata()[1:]).all()
    assert figure.axes[0].get_yscale() == "log"


def test_no_layer_is_refused():
    with pytest.raises(ValueError, match="layers must name at least one"):
        viz.plot_gradient_flow({}, np.ones((1, 2, 1), np.float32))


def test_plot_model_says_that_it_is_not_there_yet():
    with pytest.raises(AttributeError, match="plot_model is a Keras picture that tidegate does"):
        viz.plot_model  # noqa: B018
