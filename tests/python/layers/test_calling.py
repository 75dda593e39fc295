"""The steps of a call: conversion, checks, training flag, masks, nodes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tidegate import ops
from tidegate.autodiff import training_scope
from tidegate.layers import LSTM, Dense, Dropout, Embedding, Input, Layer, Masking
from tidegate.layers.input_spec import InputSpec
from tidegate.mask import Mask
from tidegate.symbolic import KerasTensor


class Probe(Layer):
    """Notes what its call receives."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, training=None, mask=None):
        self.received = (inputs, training, mask)
        return inputs


class Outer(Layer):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs, training=None):
        return self.inner(inputs)


def test_a_shape_that_fitted_does_not_let_another_through():
    dense = Dense(2)
    x = ops.ones((4, 3))
    dense(x), dense(x)
    wide = r"axis -1 of the input must have size 3"
    for wrong, rule in ((ops.ones((4, 5)), wide), (ops.ones((3,)), r"must have at least 2 axes")):
        with pytest.raises(ValueError, match=rule):
            dense(wrong)
        dense(x)
    dense.input_spec = InputSpec(shape=(8, 3))
    with pytest.raises(ValueError, match="must have shape"):
        dense(x)


def test_arrays_are_converted_and_cast():
    probe = Probe()
    probe(np.zeros((2, 3)))
    assert probe.received[0].dtype == "float32"
    probe(np.zeros((2, 3), np.int64))
    assert probe.received[0].dtype == "int64"
    assert Probe(autocast=False)(np.zeros(2)).dtype == "float64"


@pytest.mark.parametrize("value", [3, "x", [1.0, 2.0], object()])
def test_only_tensors_by_position(value):
    with pytest.raises(ValueError, match="only tensors and arrays may be passed by position"):
        Probe()(value)


def test_training_explicit_then_outer_then_default():
    probe = Probe()
    x = np.zeros((1, 1))
    probe(x)
    assert probe.received[1] is None
    Outer(probe)(x, training=True)
    assert probe.received[1] is True
    with training_scope(True):
        probe(x)
        assert probe.received[1] is True
        probe(x, training=False)
        assert probe.received[1] is False
    layer = Dropout(0.5)
    assert layer(np.ones((1, 50)), training=True).numpy().min() == 0
    assert layer(np.ones((1, 50))).numpy().min() == 1


def test_mask_is_filled_in_from_the_input():
    x = Masking()(np.array([[[1.0], [0.0]]]))
    probe = Probe()
    y = probe(x)
    assert probe.received[2].numpy().tolist() == [[True, False]]
    assert y.mask.values.tolist() == [[True, False]]
    probe(x, mask=np.array([[True, True]]))
    assert probe.received[2].numpy().all()


def test_masks_of_several_arguments():
    class Two(Layer):
        def call(self, query, value, query_mask=None, value_mask=None):
            self.masks = (query_mask, value_mask)
            return query

    x = Masking()(np.array([[[1.0], [0.0]]]))
    layer = Two()
    with pytest.warns(UserWarning, match="does not support masking"):
        layer(x, ops.zeros((1, 2, 1)))
    assert layer.masks[0].numpy().tolist() == [[True, False]]
    assert layer.masks[1] is None


def test_a_dropped_mask_warns():
    class Flat(Layer):
        def call(self, inputs):
            return ops.reshape(inputs, (1, -1))

    x = Masking()(np.array([[[1.0], [0.0]]]))
    with pytest.warns(UserWarning, match="will therefore destroy the mask information"):
        y = Flat()(x)
    assert y.mask is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Flat()(np.zeros((1, 2, 1)))


def test_mask_for_a_layer_without_one():
    class Plain(Layer):
        def call(self, inputs):
            return inputs

    with pytest.raises(TypeError, match="call takes no mask"):
        Plain()(np.zeros((1, 2)), mask=np.ones((1, 2), bool))


def test_input_spec():
    with pytest.raises(
        ValueError, match=r"\[l\] the input must have 3 axes. Received: shape \(4, 5\)"
    ):
        LSTM(3, name="l")(np.zeros((4, 5)))
    dense = Dense(2, name="d")
    dense(np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"\[d\] axis -1 of the input must have size 3"):
        dense(np.zeros((1, 4)))


def test_a_symbolic_call_is_a_node_and_runs_no_number():
    class Strict(Layer):
        def call(self, inputs):
            assert isinstance(inputs, KerasTensor)
            return inputs * 2.0

    x = Input((4,))
    y = Strict()(x)
    assert isinstance(y, KerasTensor)
    assert y.shape == (None, 4)
    assert y.history[0].operation.output is y


def test_symbolic_masks():
    x = Embedding(5, 3, mask_zero=True)(Input((4,)))
    assert isinstance(x.mask, KerasTensor)
    assert x.mask.shape == (None, 4)
    assert LSTM(2)(x).mask is None
    assert LSTM(2, return_sequences=True)(x).mask is not None


def test_mask_records_go_through_untouched():
    """Lengths and order are worked out once for the whole model."""
    x = ops.zeros((1, 2, 1))
    x.mask = Mask([[True, False]])
    assert Dense(2)(x).mask is x.mask


def test_layers_built_in_call_are_named_below():
    class Late(Layer):
        def __init__(self):
            super().__init__(name="late")
            self.dense = Dense(2, name="d")

        def call(self, inputs):
            return self.dense(inputs)

    layer = Late()
    layer(np.zeros((1, 3)))
    assert layer.weights[0].path == "late/d/kernel"


def test_build_with_one_shape_per_argument():
    class Two(Layer):
        def build(self, query_shape, value_shape):
            self.shapes = (query_shape, value_shape)

        def call(self, query, value):
            return query

    layer = Two()
    layer(np.zeros((1, 2)), value=np.zeros((1, 3)))
    assert layer.shapes == ((1, 2), (1, 3))
