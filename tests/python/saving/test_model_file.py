"""Whole models in .keras files."""

from __future__ import annotations

import json
import os
import zipfile

import numpy as np
import pytest

import tidegate
from tidegate import layers, losses, ops
from tidegate.models import Model, Sequential, load_model, save_model
from tidegate.saving import ModelFileError, register_keras_serializable
from tidegate.utils import custom_objects as registered

X = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
Y = np.ones((4, 1), np.float32)


class Scale(layers.Layer):
    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, x):
        return x * self.factor * self.start

    def get_config(self):
        return {**super().get_config(), "start": self.start}


def stack(*more):
    return Sequential([layers.Input((5, 3)), layers.LSTM(4), *more, layers.Dense(1)])


def test_the_members_are_those_of_keras(tmp_path):
    model = stack()
    model.compile("adam", "mse")
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        metadata = json.loads(archive.read("metadata.json"))
        config = json.loads(archive.read("config.json"))
    assert metadata["keras_version"] == "3.15.1"
    assert (config["module"], config["class_name"]) == ("keras", "Sequential")
    assert config["compile_config"]["loss"] == "mse"


@pytest.mark.parametrize(
    "arguments",
    [
        {"loss": lambda y, p: ops.mean((y - p) ** 2)},
        {"loss": "mse", "metrics": [lambda y, p: ops.mean(p), "mae"]},
        {"loss": "mse", "weighted_metrics": {"dense": [lambda y, p: ops.mean(p)]}},
    ],
)
def test_a_lambda_of_compile_costs_a_warning_and_no_epoch(tmp_path, arguments):
    path = str(tmp_path / "m.keras")
    model = Sequential([layers.Input((5, 3)), layers.LSTM(4), layers.Dense(1, name="dense")])
    model.compile("adam", **arguments)
    checkpoint = tidegate.callbacks.ModelCheckpoint(path)
    name = list(arguments)[-1]
    text = rf"\[compile\] {name} has no configuration.*a lambda.*Hint: after load_model.*compile"
    with pytest.warns(UserWarning, match=text):
        history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[checkpoint]).history
    assert len(history["loss"]) == 2
    loaded = load_model(path)
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded(X).numpy(), model(X).numpy())
    loaded.compile("adam", **arguments)
    loaded.load_weights(path)
    assert loaded.optimizer.iterations.numpy() == model.optimizer.iterations.numpy() == 2
    loaded.fit(X, Y, verbose=0, shuffle=False)
    model.fit(X, Y, verbose=0, shuffle=False)
    np.testing.assert_array_equal(loaded(X).numpy(), model(X).numpy())


def test_compiled_as_before_or_not_at_all(tmp_path):
    path = tmp_path / "m.keras"
    model = stack()
    model.compile(
        tidegate.optimizers.Adam(0.02),
        losses.BinaryCrossentropy(label_smoothing=0.1),
        metrics=["mae"],
    )
    model.fit(X, Y, verbose=0)
    save_model(model, path)
    loaded = load_model(path)
    assert loaded.loss.get_config() == model.loss.get_config()
    assert loaded.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert list(loaded.fit(X, Y, verbose=0).history) == ["loss", "mae"]
    plain = load_model(path, compile=False)
    assert not plain.compiled
    np.testing.assert_array_equal(plain.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_class_of_your_own_must_be_named(tmp_path):
    path = tmp_path / "m.keras"
    model = stack(Scale(2.0))
    model.save(path)
    with pytest.raises(ModelFileError, match=r"'Scale'.*register_keras_serializable"):
        load_model(path)
    loaded = load_model(path, custom_objects={"Scale": Scale})
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    with tidegate.saving.custom_object_scope({"Scale": Scale}):
        assert load_model(path).layers[1].start == 2.0


@pytest.fixture
def _clean_registry(monkeypatch):
    monkeypatch.setattr(registered, "_BY_NAME", {})
    monkeypatch.setattr(registered, "_NAMES", {})


@pytest.mark.usefixtures("_clean_registry")
def test_registered_classes_are_found_by_their_registered_name(tmp_path):
    register_keras_serializable("mine", "Times")(Scale)
    model = stack(Scale(3.0))
    model.save(tmp_path / "m.keras")
    assert load_model(tmp_path / "m.keras").layers[1].start == 3.0


@pytest.mark.usefixtures("_clean_registry")
def test_subclassed_models(tmp_path):
    @register_keras_serializable()
    class Mine(Model):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.cells = [layers.GRU(units, return_sequences=True), layers.GRU(units)]
            self.head = layers.Dense(1)

        def call(self, x):
            for cell in self.cells:
                x = cell(x)
            return self.head(x)

    model = Mine(3)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert type(loaded) is Mine
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_states_are_not_kept_in_files(tmp_path):
    stateful = layers.LSTM(4, stateful=True)
    model = Sequential([layers.Input(batch_shape=(4, 5, 3)), stateful])
    first = model.predict(X, batch_size=4, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.predict(X, batch_size=4, verbose=0), first)


def test_code_is_neither_written_nor_read(tmp_path):
    path = tmp_path / "m.keras"
    with pytest.raises(ValueError, match="lambda"):
        stack(layers.Lambda(lambda x: x)).save(path)
    assert not path.exists()

    def double(x):
        return ops.multiply(x, 2.0)

    model = stack(layers.Lambda(double))
    model.save(path)
    with pytest.raises(ModelFileError, match="must be registered"):
        load_model(path, safe_mode=False)
    loaded = load_model(path, custom_objects={"double": double})
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_function_that_was_registered_is_not_called_in_place_of_a_class(tmp_path):
    path, called = tmp_path / "m.keras", []

    def remove(**arguments):
        called.append(arguments)
        return layers.Dense(1)

    model = stack(Scale(2.0, name="scale"))
    model.compile("sgd", "mse")
    model.save(path)
    with pytest.raises(ModelFileError, match="must name a class"):
        load_model(path, custom_objects={"Scale": remove})
    with pytest.raises(ModelFileError, match="must name a class"):
        load_model(path, custom_objects={"Scale": Scale, "SGD": remove})
    assert not called


def test_weights_of_a_model_file(tmp_path):
    one, other = stack(), stack()
    one.save(tmp_path / "m.keras")
    other.load_weights(tmp_path / "m.keras")
    np.testing.assert_array_equal(one.predict(X, verbose=0), other.predict(X, verbose=0))


def test_paths(tmp_path):
    model = stack()
    with pytest.raises(ValueError, match=r'must end in "\.keras"'):
        model.save(tmp_path / "m.zip")
    with pytest.raises(NotImplementedError, match="format of Keras 2"):
        model.save(tmp_path / "m.h5")
    with pytest.raises(NotImplementedError, match="zipped=False"):
        model.save(tmp_path / "m.keras", zipped=False)
    with pytest.raises(ValueError, match="unknown arguments"):
        model.save(tmp_path / "m.keras", nonsense=1)
    with pytest.raises(ValueError, match="there must be a file"):
        load_model(tmp_path / "m.keras")
    for argument in ({"save_format": "keras"}, {"include_optimizer": False}):
        with pytest.warns(UserWarning, match=f"{next(iter(argument))} has no effect"):
            model.save(tmp_path / "n.keras", **argument)
    model.save(os.fspath(tmp_path / "m.keras"))
    with pytest.raises(FileExistsError, match="is there already"):
        model.save(tmp_path / "m.keras", overwrite=False)


def test_an_unbuilt_model_is_saved_with_a_warning(tmp_path):
    with pytest.warns(UserWarning, match="has not yet been built"):
        Sequential([layers.Dense(1)]).save(tmp_path / "m.keras")
    assert not load_model(tmp_path / "m.keras").built


def _rewritten(path, entries):
    """The file with other entries of our own arguments."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(members["metadata.json"])
    members["metadata.json"] = json.dumps({**metadata, "tidegate_arguments": entries}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_arguments_that_keras_does_not_know_stay_out_of_its_configuration(tmp_path):
    path = tmp_path / "m.keras"
    model = Sequential(
        [
            layers.Input((5, 3)),
            layers.LSTM(4, truncate=2, return_sequences=True),
            layers.Bidirectional(layers.GRU(2, truncate=3)),
            layers.Dense(1),
        ]
    )
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        assert b"truncate" not in archive.read("config.json")
    read = load_model(path)
    assert read.layers[0].truncate == 2
    assert read.layers[1].forward_layer.truncate == 3


@pytest.mark.parametrize(
    "entries",
    [
        7,
        [[["config"], {"truncate": 2}]],
        [[["config", "layers", {}, "config"], {"truncate": 2}]],
        [[["config", "layers", 1, "config"], {"units": 10**9}]],
        [[["config", "layers", 1, "config"], [2]]],
    ],
)
def test_own_arguments_of_a_hostile_file(tmp_path, entries):
    path = tmp_path / "m.keras"
    stack().save(path)
    _rewritten(path, [[["config", "layers", 1, "config"], {"truncate": 2}]])
    assert load_model(path).layers[0].truncate == 2
    _rewritten(path, entries)
    with pytest.raises(ModelFileError, match=r"^\[load_model\] an own argument must be"):
        load_model(path)


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.safetensors", "m.tide", "m.c"])
def test_a_missing_folder_is_named_with_the_path_that_was_given(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    model = Sequential([layers.Input((None, 3)), layers.LSTM(2)])
    by_suffix = {".keras": model.save, ".tide": model.export, ".c": model.export}
    save = by_suffix.get(os.path.splitext(name)[1], model.save_weights)
    text = rf"\[save\] there must be a folder.*Received: '{tmp_path}/nodir': No such.*Hint: os.make"
    with pytest.raises(FileNotFoundError, match=text) as caught:
        save(f"nodir/{name}")
    assert caught.value.filename == f"nodir/{name}"
    assert ".tmp" not in str(caught.value)
    open("file", "w").close()
    with pytest.raises(NotADirectoryError, match=r"\[save\] there must be a folder.*Not a direc"):
        save(f"file/{name}")
