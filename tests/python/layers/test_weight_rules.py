"""Regularizers and constraints of weights, activity regularizers, ``add_loss``."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate import GradientTape, layers, ops, regularizers

X = np.ones((2, 3), "float32")


def test_weights_carry_their_rules():
    dense = layers.Dense(2, kernel_regularizer="l2", bias_constraint="non_neg")
    dense.build((None, 3))
    assert dense.kernel.regularizer.get_config() == {"l2": 0.01}
    assert dense.kernel.constraint is None
    assert type(dense.bias.constraint).__name__ == "NonNeg"
    again = layers.Dense.from_config(dense.get_config())
    assert again.kernel_regularizer.get_config() == {"l2": 0.01}


def test_penalties_are_in_losses_while_the_weight_is_trained():
    dense = layers.Dense(2, kernel_regularizer="l1", kernel_initializer="ones")
    dense.build((None, 3))
    assert [round(float(loss), 6) for loss in dense.losses] == [0.06]
    dense.trainable = False
    assert dense.losses == []


def test_penalties_have_gradients():
    dense = layers.Dense(1, kernel_regularizer=regularizers.L2(0.5), kernel_initializer="ones")
    dense.build((None, 3))
    with GradientTape() as tape:
        total = dense.losses[0]
    np.testing.assert_allclose(tape.gradient(total, dense.kernel).numpy(), 1.0)


class Adds(layers.Layer):
    def call(self, inputs):
        self.add_loss(ops.mean(inputs))
        return inputs


def test_added_losses_are_those_of_the_last_call():
    model = tidegate.Sequential([tidegate.Input((3,)), Adds(), Adds()])
    for factor in (1.0, 2.0):
        model(X * factor)
        assert [float(loss) for loss in model.losses] == [factor, factor]


def test_models_with_added_losses_alone():
    model = tidegate.Sequential(
        [tidegate.Input((3,)), layers.Dense(1, use_bias=False, kernel_initializer="ones"), Adds()]
    )
    model.compile(tidegate.optimizers.SGD(0.1))
    history = model.fit(X, epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], [3.0, 2.7], rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, verbose=0), 2.4, rtol=1e-6)


def test_activity_is_divided_by_the_batch_size():
    layer = layers.Dense(1, activity_regularizer=regularizers.L1(1.0), kernel_initializer="ones")
    layer(X)
    layer(X)
    assert [float(loss) for loss in layer.losses] == [3.0]
    assert layer.get_config()["activity_regularizer"]["class_name"] == "L1"


def test_constraints_hold_after_fit():
    model = tidegate.Sequential(
        [tidegate.Input((3,)), layers.Dense(4, kernel_constraint=tidegate.constraints.UnitNorm())]
    )
    model.compile("adam", "mse")
    model.fit(X, np.zeros((2, 4)), epochs=1, verbose=0)
    np.testing.assert_allclose((model.layers[0].kernel.numpy() ** 2).sum(0), 1.0, rtol=1e-5)


def test_what_cannot_be_added():
    with pytest.raises(ValueError, match="add_loss takes tensors"):
        layers.Dense(1).add_loss("much")
    with pytest.raises(NotImplementedError, match="activity_regularizer"):
        layers.Bidirectional(layers.LSTM(2, activity_regularizer="l2"))
    with pytest.warns(UserWarning, match="no effect, as in Keras"):
        layers.SimpleRNN(2, activity_regularizer="l2")


def test_each_step_adds_its_penalty():
    inner = layers.Dense(1, activity_regularizer=regularizers.L1(1.0), kernel_initializer="ones")
    layer = layers.TimeDistributed(inner)
    layer(np.ones((2, 4, 3), "float32"))
    assert [float(loss) for loss in layer.losses] == [3.0] * 4


def test_a_penalty_on_what_goes_by():
    layer = layers.ActivityRegularization(l2=0.5)
    np.testing.assert_array_equal(layer(X).numpy(), X)
    assert [float(loss) for loss in layer.losses] == [1.5]
    again = layers.ActivityRegularization.from_config(layer.get_config())
    assert (again.l1, again.l2) == (0.0, 0.5)
