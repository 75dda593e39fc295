"""What someone who only knows Keras writes, with the package as argument in place of an import.

Each returns a dictionary of whatever can be looked at afterwards: histories, scores, names,
predictions, weights. Both packages must give the same.
"""

from __future__ import annotations

import copy
import csv
import json
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from programs import start

RNG = np.random.default_rng(11)
SERIES = RNG.normal(size=(40, 6, 3)).astype(np.float32)
IDS = (RNG.integers(1, 20, (40, 6)) * (np.arange(6) < RNG.integers(2, 7, (40, 1)))).astype(np.int64)
LABELS = RNG.integers(0, 3, 40)  # int64, as `pandas` and lists give them
YES = RNG.integers(0, 2, 40)
VALUES = RNG.normal(size=(40, 2)).astype(np.float32)
PLAIN = {"batch_size": 8, "shuffle": False, "verbose": 0}


def subclass(k: ModuleType) -> Any:
    """A model of one's own with layers in lists, dicts and lists in dicts."""

    class Block(k.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.parts = [k.layers.Dense(units, "tanh"), k.layers.LayerNormalization()]

        def call(self, x: Any) -> Any:
            for part in self.parts:
                x = part(x)
            return x

    class Mine(k.Model):
        def __init__(self) -> None:
            super().__init__()
            self.cells = [k.layers.GRU(4, return_sequences=True), k.layers.LSTM(4)]
            self.heads = {"a": Block(3), "b": [Block(3), k.layers.Dense(3)]}
            self.drop = k.layers.Dropout(0.0)
            self.out = k.layers.Dense(3, activation="softmax")

        def call(self, x: Any, training: Any = None) -> Any:
            for cell in self.cells:
                x = cell(x)
            a, (b, c) = self.heads["a"], self.heads["b"]
            return self.out(self.drop(a(x) + c(b(x)), training=training))

    model = Mine()
    model(SERIES)
    return start(model)


def subclassed_with_callbacks(k: ModuleType) -> dict[str, Any]:
    """Integer labels, "acc", validation_split, callbacks that stop, slow down, write, restore."""
    model = subclass(k)
    model.compile(k.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["acc"])
    seen: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        callbacks = [
            k.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
            k.callbacks.ReduceLROnPlateau(factor=0.5, patience=0, min_delta=0.05),
            k.callbacks.CSVLogger(f"{folder}/log.csv"),
            k.callbacks.ModelCheckpoint(f"{folder}/best.weights.h5", save_weights_only=True,
                                        save_best_only=True, monitor="val_acc"),
            k.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))),
                on_train_batch_end=lambda batch, logs: seen.append((batch, sorted(logs))),
                on_test_begin=lambda logs=None: seen.append("test"),
            ),
        ]  # fmt: skip
        history = model.fit(
            SERIES, LABELS, epochs=8, validation_split=0.25, callbacks=callbacks, **PLAIN
        )
        with open(f"{folder}/log.csv", newline="") as file:
            columns = next(csv.reader(file))
        files = sorted(path.name for path in Path(folder).iterdir())
    return {
        "history": history.history, "epoch": history.epoch, "columns": columns, "files": files,
        "params": history.params, "seen": seen, "model": model, "x": SERIES,
        "scores": model.evaluate(SERIES, LABELS, verbose=0),
    }  # fmt: skip


def two_heads(k: ModuleType) -> Any:
    """Two named inputs, two named outputs, given as dicts."""
    ids, series = k.Input((6,), name="ids"), k.Input((6, 3), name="series")
    x = k.layers.concatenate(
        [
            k.layers.LSTM(3)(k.layers.Embedding(20, 4, mask_zero=True)(ids)),
            k.layers.GRU(3)(series),
        ]
    )
    outputs = {
        "label": k.layers.Dense(3, activation="softmax", name="label_layer")(x),
        "yes": k.layers.Dense(1, activation="sigmoid", name="yes_layer")(x),
    }
    return start(k.Model({"ids": ids, "series": series}, outputs))


def dicts(k: ModuleType) -> dict[str, Any]:
    """Data, targets, losses, their weights, metrics and sample weights by name."""
    model = two_heads(k)
    model.compile(
        "rmsprop",
        loss={"label": "sparse_categorical_crossentropy", "yes": "binary_crossentropy"},
        loss_weights={"label": 1.0, "yes": 0.5},
        metrics={"label": ["acc"], "yes": ["acc", "mae"]},
    )
    x, y = {"series": SERIES, "ids": IDS}, {"yes": YES, "label": LABELS}
    history = model.fit(
        x, y, epochs=3, validation_split=0.2,
        sample_weight={"label": np.linspace(0.5, 2, 40), "yes": np.ones(40)}, **PLAIN,
    )  # fmt: skip
    return {
        "history": history.history, "names": model.output_names, "model": model, "x": x,
        "scores": model.evaluate(x, y, verbose=0),
        "by name": model.evaluate(x, y, verbose=0, return_dict=True),
        "batch": model.test_on_batch(x, y, return_dict=True),
    }  # fmt: skip


def lists(k: ModuleType) -> dict[str, Any]:
    """Outputs in a list, named by their layers; losses, their weights and metrics in lists."""
    series = k.Input((6, 3))
    x = k.layers.SimpleRNN(4)(series)
    model = start(
        k.Model(series, [k.layers.Dense(2, name="first")(x), k.layers.Dense(2, name="second")(x)])
    )
    model.compile("sgd", ["mse", "mae"], metrics=[["mae"], ["mse", "mae"]], loss_weights=[1.0, 0.1])
    history = model.fit(SERIES, [VALUES, -VALUES], epochs=2, validation_split=0.3, **PLAIN)
    return {
        "history": history.history, "names": model.output_names, "model": model, "x": SERIES,
        "scores": model.evaluate(SERIES, [VALUES, -VALUES], verbose=0),
    }  # fmt: skip


def weights_and_steps(k: ModuleType) -> dict[str, Any]:
    """class_weight, steps_per_execution, a loss of one's own, labels [N] against outputs [N, 1]."""
    model = k.Sequential([k.Input((6, 3)), k.layers.LSTM(3), k.layers.Dense(1, "sigmoid")])

    def squared(y: Any, p: Any) -> Any:
        return k.ops.mean(k.ops.square(y - p), axis=-1)

    steps = 2 if k.__name__ == "tidegate" else 1  # Keras on torch takes 1 alone
    start(model).compile("sgd", squared, metrics=["acc", squared], steps_per_execution=steps)
    history = model.fit(
        SERIES, YES, epochs=3, class_weight={0: 1.0, 1: 3.0}, validation_data=(SERIES, YES), **PLAIN
    )
    return {"history": history.history, "model": model, "x": SERIES}


def penalties(k: ModuleType) -> dict[str, Any]:
    """`add_loss` in a layer, a regularizer, an activity regularizer: `losses`, and training."""

    class Penalty(k.layers.Layer):
        def call(self, x: Any) -> Any:
            self.add_loss(0.1 * k.ops.mean(k.ops.square(x)))
            return x

    model = k.Sequential([
        k.Input((6, 3)),
        k.layers.GRU(3, kernel_regularizer="l2", activity_regularizer="l1"),
        Penalty(),
        k.layers.Dense(3, bias_regularizer="l1"),
    ])  # fmt: skip
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    start(model).compile("adam", loss, metrics=["acc"])
    model(SERIES)
    before = [float(k.ops.convert_to_numpy(loss)) for loss in model.losses]
    history = model.fit(SERIES, LABELS, epochs=2, **PLAIN)
    return {"history": history.history, "losses": before, "model": model, "x": SERIES}


def copies(k: ModuleType) -> dict[str, Any]:
    """A copy trains on by itself; the text of a model makes it again."""
    model = two_heads(k)
    x = {"series": SERIES, "ids": IDS}
    again = start(k.models.model_from_json(model.to_json()))
    other = copy.deepcopy(model)
    other.compile("sgd", "mse")
    other.fit(x, {"label": np.eye(3)[LABELS], "yes": YES}, epochs=1, **PLAIN)
    keys = sorted(json.loads(model.to_json()))
    return {"history": {}, "keys": keys, "model": model, "x": x, "more": [again, other]}


def masks(k: ModuleType) -> dict[str, Any]:
    """`compute_mask` of layers, and what it says of a layer of one's own."""

    class Cut(k.layers.Layer):
        def call(self, x: Any) -> Any:
            return x[:, ::2]

        def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
            return None if mask is None else mask[:, ::2]

    embedding = k.layers.Embedding(20, 4, mask_zero=True)
    model = k.Sequential([k.Input((6,)), embedding, Cut(), k.layers.GRU(3), k.layers.Dense(2)])
    start(model).compile("sgd", "mse")
    history = model.fit(IDS, VALUES, epochs=2, **PLAIN)
    given = k.ops.convert_to_tensor(IDS != 0)
    rnn = k.layers.LSTM(2, return_sequences=True, return_state=True)
    found = [
        embedding.compute_mask(k.ops.convert_to_tensor(IDS)),
        k.layers.Masking().compute_mask(k.ops.convert_to_tensor(SERIES * (IDS != 0)[..., None])),
        *rnn.compute_mask(None, given),
        k.layers.Bidirectional(k.layers.GRU(2)).compute_mask(None, given),
        k.layers.Dense(2).compute_mask(None, given),
        k.layers.GlobalAveragePooling1D().compute_mask(None, given),
        k.layers.TimeDistributed(k.layers.Dense(1)).compute_mask(None, given),
        k.layers.Add().compute_mask([None, None], [given, None]),
        k.layers.Concatenate().compute_mask(
            [k.ops.convert_to_tensor(SERIES)] * 2, [given, None]
        ),
    ]  # fmt: skip
    named = [None if m is None else k.ops.convert_to_numpy(m).tolist() for m in found]
    return {"history": history.history, "masks": named, "model": model, "x": IDS}


STRANGERS = (
    subclassed_with_callbacks, dicts, lists, weights_and_steps, penalties, copies, masks,
)  # fmt: skip
