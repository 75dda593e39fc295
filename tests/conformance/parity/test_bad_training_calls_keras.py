"""Bad calls of compile, fit, callbacks and files raise the class of error that Keras raises.

Each entry is called with the package and an empty folder; tidegate's errors may be subclasses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
from sampling import error_of, same_error

import tidegate
from tidegate.saving.errors import WeightsFileError

X = np.ones((4, 3), np.float32)
Y = np.ones((4, 1), np.float32)
CLASSES = np.zeros(4, np.int32)
PAIR = {"one": X, "other": X}


def net(k: ModuleType, units: int = 1, **options: Any) -> Any:
    """A small model, compiled with a mean squared error or what is said."""
    model = k.Sequential([k.Input((3,)), k.layers.Dense(units, name="out")])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return model


def plain(k: ModuleType) -> Any:
    """A model that was not compiled."""
    return k.Sequential([k.Input((3,)), k.layers.Dense(1)])


def steps(k: ModuleType) -> Any:
    """A value per step."""
    model = k.Sequential([k.Input((3, 2)), k.layers.SimpleRNN(1, return_sequences=True)])
    model.compile("sgd", "mse")
    return model


def two(k: ModuleType, **options: Any) -> Any:
    """Two inputs, two outputs, by name."""
    one, other = k.Input((3,), name="one"), k.Input((3,), name="other")
    outputs = {"a": k.layers.Dense(1, name="a")(one), "b": k.layers.Dense(1, name="b")(other)}
    model = k.Model({"one": one, "other": other}, outputs)
    model.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return model


def fit(model: Any, x: Any = X, y: Any = Y, **options: Any) -> Any:
    return model.fit(x, y, **{"verbose": 0, **options})


def of_two(k: ModuleType, optimizer: Any) -> None:
    for _ in range(2):
        fit(net(k, optimizer=optimizer))


def batches(*parts: Any) -> Any:
    yield parts


def written(folder: Path, name: str, text: bytes) -> Path:
    (folder / name).write_bytes(text)
    return folder / name


def saved(k: ModuleType, folder: Path, name: str) -> Path:
    model, path = net(k), folder / name
    model.save(path) if name.endswith(".keras") else model.save_weights(path)
    return path


class Own:
    """Something that neither package knows."""


CALLS: dict[str, Callable[[ModuleType, Path], Any]] = {
    "compile optimizer": lambda k, _: net(k, optimizer="fast"),
    "compile optimizer object": lambda k, _: fit(net(k, optimizer=Own())),
    "compile optimizer number": lambda k, _: net(k, optimizer=0.1),
    "compile loss": lambda k, _: fit(net(k, loss="distance")),
    "compile loss number": lambda k, _: fit(net(k, loss=3)),
    "compile metric": lambda k, _: fit(net(k, metrics=["quality"])),
    "compile metric number": lambda k, _: fit(net(k, metrics=[3])),
    "compile metrics text": lambda k, _: fit(net(k, metrics="mae")),
    "compile weights of nobody": lambda k, _: fit(
        two(k, loss={"a": "mse", "b": "mse"}, loss_weights={"c": 1.0}),
        PAIR, {"a": Y, "b": Y},
    ),
    "compile two weights": lambda k, _: fit(net(k, loss_weights=[1.0, 2.0])),
    "compile metrics of nobody": lambda k, _: fit(
        two(k, metrics={"c": ["mae"]}), PAIR, {"a": Y, "b": Y}
    ),
    "compile argument": lambda k, _: net(k, speed=3),
    "fit uncompiled": lambda k, _: fit(plain(k)),
    "train uncompiled": lambda k, _: plain(k).train_on_batch(X, Y),
    "test uncompiled": lambda k, _: plain(k).test_on_batch(X, Y),
    "fit no labels": lambda k, _: fit(net(k), y=None),
    "fit lengths": lambda k, _: fit(net(k), y=Y[:3]),
    "fit weights length": lambda k, _: fit(net(k), sample_weight=np.ones(3, np.float32)),
    "fit no rows": lambda k, _: fit(net(k), X[:0], Y[:0]),
    "fit text": lambda k, _: fit(net(k), "data"),
    "fit input names": lambda k, _: fit(
        two(k), {"one": X, "another": X}, {"a": Y, "b": Y}
    ),
    "fit one of two": lambda k, _: fit(two(k), {"one": X}, {"a": Y, "b": Y}),
    "fit input shape": lambda k, _: fit(net(k), np.ones((4, 5), np.float32)),
    "fit epochs text": lambda k, _: fit(net(k), epochs="a"),
    "fit split all": lambda k, _: fit(net(k), validation_split=1.0),
    "fit split of a generator": lambda k, _: fit(
        net(k), batches(X, Y), None, validation_split=0.5
    ),
    "fit labels beside a generator": lambda k, _: fit(net(k), batches(X, Y), Y),
    "fit four parts": lambda k, _: fit(net(k), batches(X, Y, Y, Y), None),
    "fit validation data": lambda k, _: fit(net(k), validation_data=(X, Y, Y, Y)),
    "fit validation shape": lambda k, _: fit(net(k), validation_data=(X[:, :2], Y)),
    "fit both weights": lambda k, _: net(k).train_on_batch(
        X, Y, sample_weight=np.ones(4, np.float32), class_weight={0: 1.0, 1: 1.0}
    ),
    "fit argument": lambda k, _: fit(net(k), workers=3),
    "evaluate shape": lambda k, _: net(k).evaluate(X[:, :2], Y, verbose=0),
    "evaluate argument": lambda k, _: net(k).evaluate(X, Y, verbose=0, workers=3),
    "loss one-hot shape": lambda k, _: fit(
        net(k, 3, loss="categorical_crossentropy"), y=np.ones((4, 2), np.float32)
    ),
    "loss classes shape": lambda k, _: fit(
        net(k, 3, loss="sparse_categorical_crossentropy"), y=np.zeros((4, 2), np.int32)
    ),
    "loss rank": lambda k, _: k.losses.SparseCategoricalCrossentropy()(CLASSES, X[0]),
    "schedule gives text": lambda k, _: fit(
        net(k), callbacks=[k.callbacks.LearningRateScheduler(lambda epoch: "a")]
    ),
    "plateau factor": lambda k, _: k.callbacks.ReduceLROnPlateau(factor=1.0),
    "checkpoint suffix": lambda k, _: k.callbacks.ModelCheckpoint("model"),
    "checkpoint weights suffix": lambda k, _: k.callbacks.ModelCheckpoint(
        "model.keras", save_weights_only=True
    ),
    "checkpoint period": lambda k, _: k.callbacks.ModelCheckpoint("m.keras", save_freq="often"),
    "checkpoint of text": lambda k, _: k.callbacks.ModelCheckpoint(
        "m.keras", initial_value_threshold=1.0, period=2
    ),
    "backup nowhere": lambda k, _: k.callbacks.BackupAndRestore(""),
    "backup period": lambda k, folder: k.callbacks.BackupAndRestore(folder / "b", save_freq="a"),
    "weights count": lambda k, _: net(k).set_weights([X]),
    "weights shape": lambda k, _: net(k).set_weights([X, X]),
    "unbuilt weights": lambda k, folder: k.Sequential([k.layers.Dense(1)]).save_weights(
        folder / "w.weights.h5"
    ),
    "unbuilt counts": lambda k, _: k.Sequential([k.layers.Dense(1)]).count_params(),
    "unbuilt outputs": lambda k, _: k.Sequential([k.layers.Dense(1)]).outputs[0],
    "add text": lambda k, _: plain(k).add("dense"),
    "layer by both": lambda k, _: plain(k).get_layer("a", index=0),
    "layer by nothing": lambda k, _: plain(k).get_layer(),
    "save suffix": lambda k, folder: net(k).save(folder / "model"),
    "save weights suffix": lambda k, folder: net(k).save_weights(folder / "w.bin"),
    "save format": lambda k, folder: net(k).save(folder / "model", save_format="tf"),
    "save nowhere": lambda k, folder: net(k).save(folder / "no" / "m.keras"),
    "label nobody": lambda k, _: fit(net(k), y={"nobody": Y}),
    "label too many": lambda k, _: fit(two(k), PAIR, {"a": Y, "b": Y, "c": Y}),
    "weight of nobody": lambda k, _: fit(
        two(k), PAIR, {"a": Y, "b": Y}, sample_weight={"a": Y[:, 0], "c": Y[:, 0]}
    ),
    "initializer dictionary": lambda k, _: k.initializers.get({"a": 1}),
    "regularizer dictionary": lambda k, _: k.regularizers.get({"a": 1}),
    "constraint dictionary": lambda k, _: k.constraints.get({"a": 1}),
    "activation dictionary": lambda k, _: k.activations.get({"a": 1}),
    "layer dictionary": lambda k, _: k.layers.deserialize({"a": 1}),
    "loss dictionary": lambda k, _: k.losses.get({"delta": 1.0}),
    "metric dictionary": lambda k, _: k.metrics.get({"k": 1}),
    "schedule dictionary": lambda k, _: k.optimizers.schedules.deserialize({"a": 1}),
    "save argument": lambda k, folder: net(k).save(folder / "m.keras", colour=1),
    "model without outputs": lambda k, _: k.Model(inputs=k.Input((3,))),
    "optimizer of two": lambda k, _: of_two(k, k.optimizers.Adam()),
    "log nowhere": lambda k, folder: fit(
        net(k), callbacks=[k.callbacks.CSVLogger(folder / "no" / "log.csv")]
    ),
    "best of nobody": lambda k, folder: fit(
        net(k),
        callbacks=[k.callbacks.ModelCheckpoint(
            folder / "m.keras", monitor="nobody", save_best_only=True
        )],
    ),
    "pad text": lambda k, _: k.utils.pad_sequences(["abc"]),
    "pad nowhere": lambda k, _: k.utils.pad_sequences([[1]], padding="middle"),
    "class beyond": lambda k, _: fit(
        net(k, 3, loss="sparse_categorical_crossentropy"), y=np.full(4, 7, np.int32)
    ),
    "load nowhere": lambda k, folder: k.models.load_model(folder / "m.keras"),
    "load folder": lambda k, folder: k.models.load_model(folder),
    "load text": lambda k, folder: k.models.load_model(written(folder, "m.keras", b"text")),
    "load suffix": lambda k, folder: k.models.load_model(written(folder, "m.bin", b"text")),
    "load weights nowhere": lambda k, folder: net(k).load_weights(folder / "w.weights.h5"),
    "load weights suffix": lambda k, folder: net(k).load_weights(written(folder, "w.bin", b"")),
    "load weights of others": lambda k, folder: net(k, 2).load_weights(
        saved(k, folder, "w.weights.h5")
    ),
    "json text": lambda k, _: k.models.model_from_json("text"),
    "clone inputs": lambda k, _: k.models.clone_model(plain(k), input_tensors=[3]),
    "own without config": lambda k, _: k.saving.deserialize_keras_object(
        {"module": "nowhere", "class_name": "Own", "config": {}, "registered_name": None}
    ),
    "fit label names": lambda k, _: fit(two(k), PAIR, {"a": Y, "c": Y}),
}  # fmt: skip

# What Keras takes, or fails at somewhere inside: (its error, ours, the call); docs/deviations.md.
DIFFERENT: dict[str, tuple[Any, Any, Callable[[ModuleType, Path], Any]]] = {
    "clone text": (None, ValueError, lambda k, _: k.models.clone_model("text")),
    "weights of samples": (
        RuntimeError, ValueError, lambda k, _: fit(
            steps(k), np.ones((4, 3, 2)), np.ones((4, 3, 1)), sample_weight=np.arange(4.0)
        ),
    ),
    "two losses": (None, ValueError, lambda k, _: fit(net(k, loss=["mse", "mae"]))),
    "loss of nobody": (TypeError, ValueError, lambda k, _: fit(net(k, loss={"nobody": "mse"}))),
    "two losses of nobody": (
        KeyError, ValueError, lambda k, _: fit(
            two(k, loss={"a": "mse", "c": "mse"}), PAIR, {"a": Y, "b": Y}
        ),
    ),
    "label too few": (KeyError, ValueError, lambda k, _: fit(two(k), PAIR, {"a": Y})),
    "optimizer dictionary": (
        KeyError, ValueError, lambda k, _: k.optimizers.get({"rate": 1.0}),
    ),
    "to_categorical beyond": (
        IndexError, ValueError, lambda k, _: k.utils.to_categorical([0, 5], 3)
    ),
    "fit nothing": (KeyError, ValueError, lambda k, _: fit(net(k), x=None, y=None)),
    "fit two inputs": (None, ValueError, lambda k, _: fit(net(k), [X, X])),
    "fit batch size": (None, ValueError, lambda k, _: fit(net(k), batch_size=0)),
    "fit batch size text": (TypeError, ValueError, lambda k, _: fit(net(k), batch_size="a")),
    "fit class weight text": (
        AttributeError, ValueError, lambda k, _: fit(net(k), class_weight="balanced"),
    ),
    "fit verbose text": (None, ValueError, lambda k, _: net(k).fit(X, Y, verbose="silent")),
    "fit split": (None, ValueError, lambda k, _: fit(net(k), validation_split=1.5)),
    "fit callback": (AttributeError, TypeError, lambda k, _: fit(net(k), callbacks=["early"])),
    "evaluate uncompiled": (
        AttributeError, ValueError, lambda k, _: plain(k).evaluate(X, Y, verbose=0),
    ),
    "predict nothing": (KeyError, ValueError, lambda k, _: net(k).predict(None, verbose=0)),
    "predict two": (None, ValueError, lambda k, _: net(k).predict([X, X], verbose=0)),
    "predict lengths": (
        AttributeError, ValueError,
        lambda k, _: two(k).predict({"one": X, "other": X[:2]}, verbose=0),
    ),
    "load weights text": (
        OSError, WeightsFileError,
        lambda k, folder: net(k).load_weights(written(folder, "w.weights.h5", b"text")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore")
def test_error_class(name: str, tmp_path: Path) -> None:
    call = CALLS[name]
    for folder in ("ours", "theirs"):
        (tmp_path / folder).mkdir()
    same_error(lambda: call(tidegate, tmp_path / "ours"), lambda: call(keras, tmp_path / "theirs"))


@pytest.mark.parametrize("name", DIFFERENT)
@pytest.mark.filterwarnings("ignore")
def test_what_keras_takes_or_fails_at_inside(name: str, tmp_path: Path) -> None:
    theirs, ours, call = DIFFERENT[name]
    assert error_of(lambda: call(keras, tmp_path)) is theirs
    with pytest.raises(ours, match=r"\[\w+\] ") as raised:
        call(tidegate, tmp_path)
    assert type(raised.value) is ours


def test_save_format_is_said_by_the_suffix(tmp_path: Path) -> None:
    """Programs for Keras 2 name it: both take it beside a suffix that they know."""
    net(keras).save(tmp_path / "theirs.keras", save_format="keras")
    with pytest.warns(UserWarning, match="save_format has no effect"):
        net(tidegate).save(tmp_path / "ours.keras", save_format="keras")
    assert tidegate.models.load_model(tmp_path / "ours.keras").count_params() == 4
