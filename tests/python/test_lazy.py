"""`import tidegate as keras`: names, laziness, what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tidegate
from tidegate._keras_names import TOP
from tidegate._lazy import Table


def test_names_of_keras():
    keras = tidegate
    for name in "Sequential Model Input layers models ops utils losses metrics optimizers".split():  # noqa: SIM905
        assert getattr(keras, name) is not None
    for name in ("callbacks", "initializers", "activations", "random", "config", "tree", "saving"):
        assert getattr(keras, name).__name__ == f"tidegate.{name}"
    assert keras.utils.set_random_seed is keras.random.set_random_seed
    assert "LSTM" in dir(keras.layers)
    assert keras.config.backend() == "tidegate"


def test_every_export_exists():
    for package in (
        tidegate.layers, tidegate.models, tidegate.losses, tidegate.metrics, tidegate.optimizers,
        tidegate.callbacks, tidegate.saving, tidegate.utils,
    ):  # fmt: skip
        for name in package.__all__:
            assert getattr(package, name) is not None, (package.__name__, name)


def test_missing_names_of_keras_say_so():
    missing = [name for name in TOP if name not in dir(tidegate)]
    assert "distribution" in missing
    with pytest.raises(AttributeError, match="distribution is a Keras name that tidegate does not"):
        tidegate.distribution  # noqa: B018
    with pytest.raises(ImportError, match="distribution is a Keras name that tidegate does not"):
        from tidegate import distribution  # noqa: F401
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        tidegate.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("preprocessing", "text_dataset_from_directory"),
        ("tree", "map_structure_up_to"),
        ("ops", "numpy"),
        ("random", "beta"),
        ("datasets", "mnist"),
    ],
)
def test_missing_names_of_modules_say_so(module, name):
    with pytest.raises(AttributeError, match=rf"\[tidegate\.{module}\] {name} is a Keras "):
        getattr(getattr(tidegate, module), name)


def test_old_places_of_helpers():
    old, new = tidegate.preprocessing, tidegate.utils
    assert old.timeseries_dataset_from_array is new.timeseries_dataset_from_array
    assert old.sequence.pad_sequences is new.pad_sequences


def test_import_loads_nothing():
    code = "import sys, tidegate; print([m for m in sys.modules if m.startswith('tidegate.')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = found.stdout
    for heavy in ("tidegate.ops", "tidegate.layers", "tidegate.models", "tidegate._core"):
        assert f"'{heavy}'" not in loaded


def test_a_compiled_model_loads_what_it_names():
    code = """
import sys
from tidegate import Sequential, layers
model = Sequential([layers.Input((2,)), layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
model.train_on_batch([[1.0, 2.0]], [[1.0]])
print([m for m in sys.modules if m.startswith('tidegate.')])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'tidegate.optimizers.adam'" in found.stdout
    for other in ("optimizers.lamb", "optimizers.sgd", "losses.overlap", "metrics.auc"):
        assert f"'tidegate.{other}'" not in found.stdout


def test_table():
    table = Table("tidegate.losses", {"one": "mean_squared_error", "gone": "no_such_loss"})
    assert "gone" in table
    assert list(table) == ["one", "gone"]
    assert table["one"] is tidegate.losses.mean_squared_error
    assert table.get("two") is None
    both = table | {"one": 1, "two": 2}
    assert (both["one"], both["two"], len(both), len(table)) == (1, 2, 3, 2)
    assert list(table | None) == list(table)


def test_old_place_of_pad_sequences():
    from tidegate.preprocessing.sequence import pad_sequences

    assert pad_sequences is tidegate.utils.pad_sequences


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (tidegate.layers.LSTM(1), "lora_rank"),
        (tidegate.Sequential(), "get_state_tree"),
        (tidegate.optimizers.Adam(), "stateless_apply"),
        (tidegate.metrics.Mean(), "stateless_result"),
    ],
)
def test_missing_attributes_of_objects_say_so(value, name):
    with pytest.raises(AttributeError, match=f"{name} is an attribute of Keras that tidegate"):
        getattr(value, name)
    with pytest.raises(AttributeError, match="object has no attribute 'nothing'"):
        value.nothing  # noqa: B018
