"""tidegate as its users call it: layers, the tape, `fit`, `stream`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

import tidegate
from tidegate import _core, layers, models, optimizers
from tidegate.autodiff import GradientTape
from tidegate_bench.harness.data import (
    FIT_RATE,
    FIT_STEPS,
    VOCABULARY,
    Data,
    changes,
    initial_values,
)
from tidegate_bench.harness.tasks import Task
from tidegate_bench.peers.base import Variant, named_gradients

CELLS = {"simple_rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def _layer(task: Task, return_sequences: bool) -> Any:
    layer = CELLS[task.cell](task.units, return_sequences=return_sequences)
    return layers.Bidirectional(layer) if task.bidirectional else layer


def _flat(data: Data) -> list[np.ndarray]:
    return [w for triple in data["weights"] for w in triple]


class Peer:
    """See `base.Peer`."""

    def __init__(self, threads: int) -> None:
        tidegate.set_num_threads(threads)

    def versions(self) -> dict[str, str]:
        wanted = os.environ.get("TIDEGATE_ISA", "chosen by itself")
        return {"tidegate": tidegate.__version__, "isa": f"{_core.isa()} ({wanted})"}

    def variants(self, task: Task, data: Data) -> list[Variant]:
        make = {"step": _step, "fit": _fit}.get(task.kind, _sequence)
        return [make(task, data)]


def _sequence(task: Task, data: Data) -> Variant:
    layer = _layer(task, return_sequences=True)
    x, dy = tidegate.convert_to_tensor(data["x"]), tidegate.convert_to_tensor(data["dy"])
    layer(x)
    layer.set_weights(_flat(data))
    weights = layer.trainable_weights

    def inference() -> Any:
        return layer(x)

    def training() -> list[Any]:
        # An optimizer changes the weights in each step, so each step packs them anew.
        for weight in weights:
            weight.bump()
        with GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.gradient(y, [x, *weights], output_gradients=dy)

    if task.kind == "inference":
        return Variant("layer", inference, lambda: {"y": inference().numpy()})
    return Variant(
        "layer under a tape", training, lambda: named_gradients([g.numpy() for g in training()])
    )


def _step(task: Task, data: Data) -> Variant:
    model = models.Sequential([layers.Input((None, task.input_dim)), _layer(task, False)])
    model.set_weights(_flat(data))
    stream = model.stream()
    x = np.ascontiguousarray(data["xs"][0])
    out = np.empty((1, task.units), np.float32)

    def check() -> dict[str, np.ndarray]:
        fresh, buffer = model.stream(), np.empty_like(out)
        return {"y": np.stack([fresh.step(x, buffer).copy() for x in data["xs"]])}

    return Variant("stream().step(x, out)", lambda: stream.step(x, out), check)


def _fit(task: Task, data: Data) -> Variant:
    model = models.Sequential(
        [
            layers.Input((task.steps,), dtype="int32"),
            layers.Embedding(VOCABULARY, task.input_dim, mask_zero=task.mask),
            _layer(task, False),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.set_weights(initial_values(data))
    ids, labels = data["ids"], data["labels"]

    def check() -> dict[str, np.ndarray]:
        first, wanted = ids[: task.batch], labels[: task.batch]
        model.compile(optimizers.SGD(FIT_RATE), "binary_crossentropy")
        before = np.asarray(model.predict(first, verbose=0))
        for _ in range(FIT_STEPS):
            model.train_on_batch(first, wanted)
        moved = changes(initial_values(data), model.get_weights())
        model.compile(optimizers.Adam(), "binary_crossentropy")
        return {"before": before, **moved}

    def epoch() -> Any:
        return model.fit(ids, labels, batch_size=task.batch, epochs=1, verbose=0)

    return Variant("fit", epoch, check)
