"""What all layers share: names, weights, trainable, configuration."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import Variable, layers, ops
from tidegate.layers import LSTM, Dense, Input, Layer
from tidegate.models import Model, Sequential
from tidegate.utils import clear_session


class Scale(Layer):
    def build(self, input_shape):
        self.scale = self.add_weight((input_shape[-1],), initializer="ones", name="scale")
        self.seen = self.add_weight((), initializer="zeros", trainable=False, name="seen")

    def call(self, inputs):
        return inputs * self.scale


class Block(Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.parts = [Dense(3), {"inner": Dense(2)}]
        self.free = Variable(np.zeros(4, np.float32), name="free")

    def call(self, inputs):
        return self.parts[1]["inner"](self.parts[0](inputs))


def test_names_and_paths():
    clear_session()
    assert [Dense(1).name, Dense(1).name, LSTM(1).name] == ["dense", "dense_1", "lstm"]
    layer = LSTM(2, name="mine")
    layer.build((None, 3, 4))
    assert [v.path for v in layer.weights] == [
        "mine/lstm_cell/kernel", "mine/lstm_cell/recurrent_kernel", "mine/lstm_cell/bias",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="without '/'"):
        Dense(1, name="a/b")


def test_weights_trainable_first_then_those_of_sublayers():
    scale = Scale(name="scale")
    scale.build((None, 2))
    assert [v.name for v in scale.weights] == ["scale", "seen"]
    assert [v.name for v in scale.trainable_weights] == ["scale"]
    block = Block()
    block(np.zeros((1, 5)))
    assert [v.name for v in block.weights] == ["free", "kernel", "bias", "kernel", "bias"]
    assert block.count_params() == 4 + 18 + 8
    assert block.weights[1].path.startswith("block")


def test_trainable_is_set_for_all_below():
    block = Block()
    block(np.zeros((1, 5)))
    block.trainable = False
    assert block.trainable_weights == []
    assert len(block.non_trainable_weights) == 5
    assert not block.parts[0].trainable
    block.trainable = True
    assert len(block.trainable_weights) == 5
    scale = Scale(trainable=False)
    scale.build((None, 2))
    assert scale.trainable_weights == []
    scale.trainable = True
    assert [v.name for v in scale.trainable_weights] == ["scale"]


def test_get_and_set_weights():
    layer = Dense(2)
    layer.build((None, 3))
    kernel, bias = np.ones((3, 2)), np.arange(2)
    layer.set_weights([kernel, bias])
    np.testing.assert_array_equal(layer.get_weights()[1], [0.0, 1.0])
    with pytest.raises(ValueError, match=r"needs a list of 2 arrays. Received: 1 arrays"):
        layer.set_weights([kernel])
    with pytest.raises(ValueError, match=r"kernel' must have shape \[3, 2\]. Received: \[2, 3\]"):
        layer.set_weights([kernel.T, bias])
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)
    layer.get_weights()[0][...] = 7
    np.testing.assert_array_equal(layer.get_weights()[0], kernel)


@pytest.mark.parametrize("keyword", ["time_major", "batch_input_shape", "weights"])
def test_unrecognized_keywords(keyword):
    with pytest.raises(
        ValueError, match=rf"\[LSTM\] unrecognized keyword arguments. Received: '{keyword}'"
    ):
        LSTM(3, **{keyword: 1})


def test_input_shape_is_taken_with_a_warning():
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        layer = LSTM(3, input_shape=(5, 2))
    assert layer._input_shape_arg == (5, 2)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: layers.Embedding(1, 1, lora_rank=2), "lora_rank"),
        (lambda: LSTM(1, activation="selu"), "selu"),
        (lambda: Dense(1, dtype="mixed_float16"), "mixed_float16"),
    ],
)
def test_arguments_of_keras_not_served_yet_are_named(make, name):
    with pytest.raises(NotImplementedError, match=name):
        make()


def test_layers_of_keras_not_served_yet_are_named():
    with pytest.raises(AttributeError, match=r"\[tidegate.layers\] Conv2D is a Keras layer that"):
        layers.Conv2D  # noqa: B018
    with pytest.raises(
        ImportError, match="Conv2D is a Keras layer that tidegate does not have yet"
    ):
        from tidegate.layers import Conv2D  # noqa: F401
    with pytest.raises(AttributeError, match="has no attribute 'Conf2D'"):
        layers.Conf2D  # noqa: B018
    assert not hasattr(layers, "ConvLSTM1D")


def test_float64():
    layer = Dense(2, dtype="float64")
    assert layer(np.zeros((1, 3), np.float32)).dtype == "float64"
    assert layer.kernel.dtype == layer.compute_dtype == "float64"


@pytest.mark.parametrize(
    "layer",
    [
        layers.Embedding(5, 3, mask_zero=True),
        layers.Masking(2.0),
        layers.SimpleRNN(3, activation="relu", dropout=0.1),
        LSTM(3, return_sequences=True, unit_forget_bias=False, stateful=True),
        layers.GRU(3, reset_after=False, go_backwards=True, zero_output_for_mask=True),
        layers.Bidirectional(LSTM(3, return_state=True), merge_mode="sum"),
        layers.TimeDistributed(Dense(3)),
        Dense(3, activation="tanh", use_bias=False),
        layers.Activation("relu"),
        layers.Dropout(0.3, noise_shape=(1, 2), seed=4),
        layers.LayerNormalization(axis=[1, 2], scale=False),
        layers.Concatenate(axis=1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_config_goes_round(layer):
    again = layers.deserialize(layers.serialize(layer))
    assert type(again) is type(layer)
    if isinstance(layer, layers.Bidirectional):  # the copy of a copy has a longer name inside
        assert again.forward_layer.name == layer.forward_layer.name
    assert again.get_config() == layer.get_config()


def test_keys_of_the_lstm_config():
    assert sorted(LSTM(1).get_config()) == sorted(
        """activation activity_regularizer bias_constraint bias_initializer bias_regularizer dropout
        dtype go_backwards kernel_constraint kernel_initializer kernel_regularizer name
        recurrent_activation recurrent_constraint recurrent_dropout recurrent_initializer
        recurrent_regularizer return_sequences return_state seed stateful trainable
        unit_forget_bias units unroll use_bias zero_output_for_mask""".split()  # noqa: SIM905
    )


def test_compute_output_shape():
    assert Dense(7).compute_output_shape is not None
    layer = LSTM(4, return_sequences=True, return_state=True)
    layer.build((None, 5, 3))
    assert layer.compute_output_shape((None, 5, 3)) == ((None, 5, 4), (None, 4), (None, 4))


def test_what_is_not_written_says_so():
    with pytest.raises(NotImplementedError, match="must write call"):
        Layer()(np.zeros(3))
    with pytest.raises(ValueError, match="add_loss takes tensors"):
        Layer().add_loss(1.0)
    with pytest.raises(ValueError, match="count_params needs a built layer"):
        Dense(1).count_params()


def test_gradient_of_a_custom_layer():
    x = ops.convert_to_tensor([[1.0, 2.0]])
    y, dx, (dscale,) = ops.vjp(Scale(), x, [[1.0, 1.0]])
    assert y.numpy().tolist() == [[1.0, 2.0]]
    assert dscale.numpy().tolist() == [1.0, 2.0]
    assert dx.numpy().tolist() == [[1.0, 1.0]]


class Forgets(Layer):
    def __init__(self):
        self.inner = Dense(2)

    def call(self, inputs):
        return self.inner(inputs)


class ForgetsToo(Model):
    def __init__(self):
        self.inner = Dense(2)

    def call(self, inputs):
        return self.inner(inputs)


class Late(Layer):
    def __init__(self):
        self.w = self.add_weight((2,))
        super().__init__()


@pytest.mark.parametrize(
    "use",
    [
        lambda: Forgets()(np.ones((2, 3))),
        lambda: Forgets().weights,
        lambda: Sequential([Input((3,)), Forgets()]),
        lambda: ForgetsToo()(np.ones((2, 3))),
        lambda: ForgetsToo().fit(np.ones((2, 3)), np.ones((2, 2))),
        lambda: Late(),
    ],
)
def test_a_forgotten_constructor_of_the_base_is_named(use):
    with pytest.raises(RuntimeError, match=r"forgot to call super\(\)\.__init__\(\) as the first"):
        use()


def test_other_attributes_before_the_base_is_made_are_as_ever():
    class Asks(Layer):
        def __init__(self):
            assert getattr(self, "units", 3) == 3
            super().__init__()

    assert Asks().name == "asks"
    with pytest.raises(AttributeError, match="'Forgets' object has no attribute 'units'"):
        _ = Forgets().units
