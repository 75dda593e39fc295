"""Programs as Keras' guides have them, with the package as their argument in place of an import.

Each returns its trained model. Weights start from the same numbers in both packages (`start`), data
go in order, nothing draws random numbers, so both must end with the same weights.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

RNG = np.random.default_rng(7)
SERIES = RNG.normal(size=(40, 8, 3)).astype(np.float32)
IDS = (RNG.integers(1, 30, (40, 8)) * (np.arange(8) < RNG.integers(2, 9, (40, 1)))).astype(np.int32)
LABELS = RNG.integers(0, 4, 40).astype(np.int32)
BINARY = RNG.integers(0, 2, 40).astype(np.float32)
FIT = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": 0}


def start(model: Any) -> Any:
    """The model with weights that depend on their shapes alone."""
    rng = np.random.default_rng(3)
    model.set_weights([
        (rng.normal(size=w.shape) * 0.3 + ("variance" in w.path)).astype(np.float32)
        for w in model.weights
    ])  # fmt: skip
    return model


def rnn_guide(k: ModuleType) -> Any:
    """Embedding, stacked recurrent layers, a bidirectional one."""
    model = k.Sequential()
    model.add(k.Input((8,)))
    model.add(k.layers.Embedding(input_dim=30, output_dim=6, mask_zero=True))
    model.add(k.layers.Bidirectional(k.layers.LSTM(5, return_sequences=True)))
    model.add(k.layers.GRU(4))
    model.add(k.layers.Dense(4))
    model.compile(
        loss=k.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="sgd", metrics=["accuracy"],
    )  # fmt: skip
    start(model).fit(IDS, LABELS, validation_data=(IDS[:8], LABELS[:8]), **FIT)
    return model


def functional_guide(k: ModuleType) -> Any:
    """A residual block, a shared layer, a model in a model."""
    inputs = k.Input((8, 3), name="series")
    x = k.layers.Conv1D(4, 3, activation="relu", padding="same")(inputs)
    block = k.layers.Conv1D(4, 3, activation="relu", padding="same")(x)
    x = k.layers.add([x, block])
    x = k.layers.BatchNormalization()(x)
    encoder = k.Model(inputs, k.layers.GlobalMaxPooling1D()(x), name="encoder")
    one, other = k.Input((8, 3)), k.Input((8, 3))
    both = k.layers.concatenate([encoder(one), encoder(other)])
    model = k.Model([one, other], k.layers.Dense(1, activation="sigmoid")(both))
    model.compile("sgd", "binary_crossentropy", metrics=["acc"])
    start(model).fit([SERIES, SERIES[::-1].copy()], BINARY, **FIT)
    return model


def sequence_to_sequence(k: ModuleType) -> Any:
    """An encoder whose states start the decoder."""
    encoder_inputs = k.Input((None, 3))
    _, h, c = k.layers.LSTM(5, return_state=True)(encoder_inputs)
    decoder_inputs = k.Input((None, 2))
    outputs, _, _ = k.layers.LSTM(5, return_sequences=True, return_state=True)(
        decoder_inputs, initial_state=[h, c]
    )
    outputs = k.layers.TimeDistributed(k.layers.Dense(2, activation="softmax"))(outputs)
    model = k.Model([encoder_inputs, decoder_inputs], outputs)
    model.compile("rmsprop", "categorical_crossentropy")
    target = np.eye(2, dtype=np.float32)[RNG_TARGET]
    start(model).fit([SERIES, np.roll(target, 1, axis=1)], target, **FIT)
    return model


RNG_TARGET = RNG.integers(0, 2, (40, 6))


def text_classification(k: ModuleType) -> Any:
    """Attention over an embedding, pooled."""
    inputs = k.Input((8,), dtype="int32")
    x = k.layers.Embedding(30, 6, mask_zero=True)(inputs)
    x = k.layers.MultiHeadAttention(2, 3)(x, x)
    x = k.layers.LayerNormalization()(x)
    x = k.layers.GlobalAveragePooling1D()(x)
    model = k.Model(inputs, k.layers.Dense(4, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    start(model).fit(IDS, LABELS, sample_weight=1.0 + BINARY, **FIT)
    return model


def time_series(k: ModuleType) -> Any:
    """Normalization that is adapted, convolution, recurrence, a regression."""
    scale = k.layers.Normalization()
    scale.adapt(SERIES)
    inputs = k.Input((8, 3))
    x = k.layers.Conv1D(4, 2, padding="causal")(inputs)
    x = k.layers.LSTM(6, go_backwards=True)(k.layers.LeakyReLU()(x))
    model = k.Model(inputs, k.layers.Dense(2)(x))
    model.compile(k.optimizers.Adam(0.01), "mse", metrics=["mae"])
    start(model).fit(np.asarray(_plain(scale(SERIES))), SERIES[:, -1, :2], **FIT)
    return model


def _plain(x: Any) -> Any:
    return x.detach().numpy() if hasattr(x, "detach") else x.numpy()


def stateful(k: ModuleType) -> Any:
    """Trained on whole sequences, then run in halves with kept states, reset in between.

    (Keras' torch backend cannot train a stateful layer: its states are changed in place.)
    """
    model = k.Sequential([k.Input((8, 3)), k.layers.LSTM(4), k.layers.Dense(1)])
    model.compile("sgd", "mse")
    start(model).fit(SERIES, BINARY, **FIT)
    runner = k.Sequential([
        k.Input(batch_shape=(8, 4, 3)), k.layers.LSTM(4, stateful=True), k.layers.Dense(1),
    ])  # fmt: skip
    runner.set_weights(model.get_weights())
    seen = []
    for _ in range(2):
        seen += [runner.predict(half, verbose=0) for half in (SERIES[:8, :4], SERIES[:8, 4:])]
        runner.layers[0].reset_states()
    np.testing.assert_array_equal(seen[:2], seen[2:])
    np.testing.assert_allclose(seen[1], model.predict(SERIES[:8], verbose=0), atol=1e-5)
    return model


def custom_cell(k: ModuleType) -> Any:
    """A cell written with the package's ops, in RNN."""

    class MinimalCell(k.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units
            self.state_size = units

        def build(self, input_shape: Any) -> None:
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent")
            self.built = True

        def call(self, inputs: Any, states: Any) -> Any:
            h = k.ops.matmul(inputs, self.kernel)
            output = k.ops.tanh(h + k.ops.matmul(states[0], self.recurrent))
            return output, [output]

    x = k.Input((None, 3))
    y = k.layers.RNN([MinimalCell(4), MinimalCell(5)], return_sequences=True)(x)
    model = k.Model(x, k.layers.Dense(3)(y))
    model.compile("adam", "mse")
    start(model).fit(SERIES[:, :-1], SERIES[:, 1:], **FIT)
    return model


def custom_layer(k: ModuleType) -> Any:
    """Layers of one's own, one that adds a loss, in a subclassed model."""

    class Linear(k.layers.Layer):
        def __init__(self, units: int = 4) -> None:
            super().__init__()
            self.units = units

        def build(self, input_shape: Any) -> None:
            self.w = self.add_weight(
                shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True
            )
            self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

        def call(self, inputs: Any) -> Any:
            return k.ops.matmul(inputs, self.w) + self.b

    class Activity(k.layers.Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(1e-2 * k.ops.mean(k.ops.square(inputs)))
            return inputs

    class Net(k.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = Linear(6)
            self.activity = Activity()
            self.blocks = [Linear(5), Linear(1)]

        def call(self, inputs: Any, training: bool = False) -> Any:
            x = self.activity(k.ops.relu(self.first(inputs)))
            for block in self.blocks:
                x = block(x)
            return x

    model = Net()
    model(SERIES[:8, 0])
    model.compile("sgd", "mse")
    start(model).fit(SERIES[:, 0], BINARY, **FIT)
    return model


def several_outputs(k: ModuleType) -> Any:
    """Two inputs by name, two outputs with losses, weights and metrics of their own."""
    words = k.Input((8,), name="words", dtype="int32")
    series = k.Input((8, 3), name="series")
    a = k.layers.GRU(4)(k.layers.Embedding(30, 5, mask_zero=True)(words))
    b = k.layers.SimpleRNN(4)(series)
    both = k.layers.Concatenate()([a, b])
    outputs = {
        "kind": k.layers.Dense(4, activation="softmax", name="kind")(both),
        "score": k.layers.Dense(1, name="score")(k.layers.Dot(axes=1)([a, b])),
    }
    model = k.Model({"words": words, "series": series}, outputs)
    model.compile(
        optimizer="sgd",
        loss={"kind": "sparse_categorical_crossentropy", "score": "mse"},
        loss_weights={"kind": 1.0, "score": 0.2},
        metrics={"kind": ["accuracy"]},
    )
    start(model).fit({"words": IDS, "series": SERIES}, {"kind": LABELS, "score": BINARY}, **FIT)
    return model


def own_step(k: ModuleType) -> Any:
    """A loss of one's own in a subclass, and metrics of one's own."""

    class Weighted(k.Model):
        def compute_loss(
            self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
            training: bool = True,
        ) -> Any:  # fmt: skip
            return k.ops.mean(k.ops.abs(y - y_pred)) + sum(self.losses)

    x = k.Input((8, 3))
    y = k.layers.Dense(1)(k.layers.Flatten()(k.layers.PReLU(shared_axes=[1])(x)))
    model = Weighted(x, y)
    model.compile("sgd", metrics=["mse"])
    start(model).fit(SERIES, BINARY[:, None], **FIT)
    return model


def gradients(k: ModuleType, loss: Any, variables: Any) -> Any:
    """Of what `loss()` returns: with a tape, or, in Keras' guide for torch, with its autograd."""
    if hasattr(k, "GradientTape"):
        with k.GradientTape() as tape:
            value = loss()
        return tape.gradient(value, variables)
    import torch

    return torch.autograd.grad(loss(), [v.value for v in variables])


def custom_loop(k: ModuleType) -> Any:
    """A subclassed model in a loop of one's own, with a metric and a validation of its own."""

    class Classifier(k.Model):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = k.layers.Embedding(30, 6, mask_zero=True)
            self.blocks = [k.layers.LSTM(5, return_sequences=True), k.layers.GRU(4)]
            self.head = k.layers.Dense(4)

        def call(self, ids: Any, training: bool = False) -> Any:
            x = self.embedding(ids)
            for block in self.blocks:
                x = block(x)
            return self.head(x)

    model = Classifier()
    model(IDS[:8])
    start(model)
    optimizer = k.optimizers.Adam(0.01)
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = k.metrics.SparseCategoricalAccuracy()
    history: dict[str, list[float]] = {"accuracy": [], "val_loss": []}
    for _ in range(3):
        accuracy.reset_state()
        for rows in np.split(np.arange(40), 5):
            found = gradients(
                k, lambda rows=rows: loss(LABELS[rows], model(IDS[rows], training=True)),
                model.trainable_variables,
            )  # fmt: skip
            optimizer.apply(found, model.trainable_variables)
            accuracy.update_state(LABELS[rows], model(IDS[rows]))
        history["accuracy"].append(float(accuracy.result()))
        value = loss(LABELS[:8], model(IDS[:8], training=False))
        history["val_loss"].append(float(_plain(value)))
    model.history = k.callbacks.History()
    model.history.history = history
    return model


PROGRAMS = [
    rnn_guide, functional_guide, sequence_to_sequence, text_classification, time_series, stateful,
    custom_cell, custom_layer, several_outputs, own_step, custom_loop,
]  # fmt: skip
