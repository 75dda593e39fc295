"""Keras, on TensorFlow if that is installed, else on its torch backend (the report says which)."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
BACKEND = "tensorflow" if importlib.util.find_spec("tensorflow") else "torch"
os.environ["KERAS_BACKEND"] = BACKEND

import keras  # noqa: E402
import numpy as np  # noqa: E402

from tidegate_bench.harness.data import (  # noqa: E402
    FIT_RATE,
    FIT_STEPS,
    VOCABULARY,
    Data,
    changes,
    initial_values,
)
from tidegate_bench.harness.tasks import Task  # noqa: E402
from tidegate_bench.peers.base import Variant  # noqa: E402

backend = importlib.import_module(f"tidegate_bench.peers.keras_{BACKEND}")

CELLS = {
    "simple_rnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
}


def _layer(task: Task, **options: Any) -> Any:
    layer = CELLS[task.cell](task.units, **options)
    return keras.layers.Bidirectional(layer) if task.bidirectional else layer


def _flat(data: Data) -> list[np.ndarray]:
    return [w for triple in data["weights"] for w in triple]


class Peer:
    """See `base.Peer`."""

    def __init__(self, threads: int) -> None:
        backend.set_threads(threads)

    def versions(self) -> dict[str, str]:
        return {"keras": keras.__version__, BACKEND: backend.version()}

    def variants(self, task: Task, data: Data) -> list[Variant]:
        if task.kind == "fit":
            return [_fit(task, data)]
        if task.kind == "step":
            layer = _layer(task, stateful=True)
            layer.build((1, 1, task.input_dim))
            layer.set_weights(_flat(data))
            return backend.steps(layer, data["xs"])
        layer = _layer(task, return_sequences=True)
        layer.build((task.batch, task.steps, task.input_dim))
        layer.set_weights(_flat(data))
        if task.kind == "inference":
            return backend.inference(layer, data["x"])
        return backend.training(layer, data["x"], data["dy"])


def _fit(task: Task, data: Data) -> Variant:
    model = keras.Sequential(
        [
            keras.layers.Input((task.steps,), dtype="int32"),
            keras.layers.Embedding(VOCABULARY, task.input_dim, mask_zero=task.mask),
            _layer(task),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.set_weights(initial_values(data))
    ids, labels = data["ids"], data["labels"]

    def check() -> dict[str, np.ndarray]:
        first, wanted = ids[: task.batch], labels[: task.batch]
        model.compile(keras.optimizers.SGD(FIT_RATE), "binary_crossentropy")
        before = model.predict(first, verbose=0)
        for _ in range(FIT_STEPS):
            model.train_on_batch(first, wanted)
        moved = changes(initial_values(data), model.get_weights())
        model.compile(keras.optimizers.Adam(), "binary_crossentropy")
        return {"before": before, **moved}

    def epoch() -> Any:
        return model.fit(ids, labels, batch_size=task.batch, epochs=1, verbose=0)

    return Variant("fit", epoch, check)
