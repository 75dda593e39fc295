"""Losses by name."""

from __future__ import annotations

import pytest

import tidegate
from tidegate import losses


@pytest.mark.parametrize("name", ["mse", "MSE", "mean_squared_error"])
def test_aliases(name):
    assert losses.get(name) is losses.mean_squared_error


def test_class_names_give_objects():
    assert isinstance(losses.get("BinaryCrossentropy"), losses.BinaryCrossentropy)
    assert isinstance(losses.get(losses.MeanAbsoluteError), losses.MeanAbsoluteError)
    assert losses.get(None) is None


@pytest.mark.parametrize("name", ["huber", "KLDivergence", "mape", "ctc"])
def test_what_keras_has_and_we_lack_is_named(name):
    with pytest.raises(NotImplementedError, match=name):
        losses.get(name)


def test_unknown_names():
    with pytest.raises(ValueError, match="unknown loss"):
        losses.get("no_such_loss")
    with pytest.raises(ValueError, match="a loss must be"):
        losses.get(3)


def test_missing_attribute_says_so_by_name():
    with pytest.raises(AttributeError, match=r"\[tidegate.losses\] Huber is a Keras loss"):
        tidegate.losses.Huber  # noqa: B018
