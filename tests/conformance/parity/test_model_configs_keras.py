"""Configurations of functional models: equal to Keras', and read by each from the other."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
from graph_models import MODELS, arrays
from layer_check import plain

import tidegate
from tidegate import models

names = pytest.mark.parametrize("name", MODELS)


def same_outputs(one: Any, other: Any) -> None:
    """From equal weights, equal outputs in equal structures."""
    other.set_weights(one.get_weights())
    x = arrays(one)
    a, b = one.predict(x, verbose=0), other.predict(x, verbose=0)
    assert type(a) is type(b)
    for p, q in zip(tidegate.tree.flatten(a), tidegate.tree.flatten(b), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)


@names
def test_config_equals_keras(name: str) -> None:
    build, masked = MODELS[name]
    for package in (keras, tidegate):  # names are numbered over the process
        package.utils.clear_session()
    ours, theirs = build(tidegate), build(keras)
    if masked:
        mine = [layer["name"] for layer in ours.get_config()["layers"]]
        their_config = theirs.get_config()["layers"]
        assert mine == [entry["name"] for entry in their_config if "src.ops" not in entry["module"]]
        return
    one, other = plain(ours.get_config()), plain(theirs.get_config())
    for entry, wanted in zip(one["layers"], other["layers"], strict=True):
        assert entry == wanted
    assert one == other


@names
def test_keras_reads_ours(name: str) -> None:
    ours = MODELS[name][0](tidegate)
    theirs = keras.models.model_from_json(ours.to_json())
    same_outputs(ours, theirs)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]


@names
def test_we_read_keras(name: str) -> None:
    theirs = MODELS[name][0](keras)
    ours = models.model_from_json(theirs.to_json())
    same_outputs(theirs, ours)
    again = models.model_from_json(ours.to_json())
    assert json.loads(again.to_json()) == json.loads(ours.to_json())
    same_outputs(ours, again)


@names
def test_clones_and_copies(name: str) -> None:
    import copy

    model = MODELS[name][0](tidegate)
    model.predict(arrays(model), verbose=0)
    clone = models.clone_model(model)
    assert plain(clone.get_config()) == plain(model.get_config())
    same_outputs(model, clone)
    copied = copy.deepcopy(model)
    for a, b in zip(model.weights, copied.weights, strict=True):
        assert a is not b
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    same_outputs(model, copied)


def bare(k: Any) -> Any:
    """A subclass that writes ``call`` alone."""

    class Doubled(k.Model):
        def call(self, inputs: Any) -> Any:
            return inputs * 2.0

    return Doubled


@pytest.mark.parametrize("arguments", [{}, {"name": "it"}, {"name": "it", "trainable": False}])
def test_a_subclass_without_a_constructor(arguments: dict[str, Any]) -> None:
    """A bug once: ``Model.__init__(*args, **kwargs)`` was taken for arguments without a name."""
    written = []
    for package in (keras, tidegate):
        package.utils.clear_session()
        own = bare(package)
        model = own(**arguments)
        text = model.to_json()
        again = package.models.model_from_json(text, {"Doubled": own})
        assert type(again) is own
        assert again.get_config() == model.get_config()
        assert package.models.clone_model(model).name == model.name
        written.append(plain(json.loads(text)["config"]))
    assert written[0] == written[1]
