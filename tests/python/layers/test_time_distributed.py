"""TimeDistributed."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import ops
from tidegate.layers import LSTM, Dense, Dropout, Input, Layer, Masking, TimeDistributed

RNG = np.random.default_rng(0)


def test_a_dense_per_step_is_dense():
    x = RNG.normal(size=(2, 4, 3)).astype("f4")
    dense = Dense(5)
    y = TimeDistributed(dense)(x)
    np.testing.assert_array_equal(y.numpy(), dense(x).numpy())


def test_a_recurrent_layer_per_step():
    x = RNG.normal(size=(2, 4, 6, 3)).astype("f4")
    lstm = LSTM(5)
    y = TimeDistributed(lstm)(x).numpy()
    for t in range(4):
        np.testing.assert_allclose(y[:, t], lstm(np.ascontiguousarray(x[:, t])).numpy(), atol=1e-6)


def test_mask_goes_through_and_training_goes_in():
    x = Masking()(np.array([[[1.0], [0.0]]]))
    assert TimeDistributed(Dense(2))(x).mask.values.tolist() == [[True, False]]
    y = TimeDistributed(Dropout(0.5, seed=1))(np.ones((1, 9, 9)), training=True)
    assert y.numpy().min() == 0


def test_layers_that_look_at_their_batch_are_called_step_by_step():
    class Centred(Layer):
        def call(self, x):
            return x - ops.mean(x, axis=0, keepdims=True)

    x = RNG.normal(size=(3, 4, 2)).astype("f4")
    y = TimeDistributed(Centred())(x).numpy()
    np.testing.assert_allclose(y, x - x.mean(0), atol=1e-6)


def test_symbolic_with_unknown_sizes():
    assert TimeDistributed(Dense(2))(Input((None, 3))).shape == (None, None, 2)


def test_errors():
    with pytest.raises(ValueError, match="layer must be a Layer"):
        TimeDistributed("dense")
    with pytest.raises(ValueError, match="at least 3 axes"):
        TimeDistributed(Dense(2))(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"the mask must start with \[B, T\] = \[2, 4\]"):
        TimeDistributed(Dense(2))(np.zeros((2, 4, 3)), mask=np.ones((2, 3), bool))
