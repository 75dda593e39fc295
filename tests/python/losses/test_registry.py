"""Losses by name."""

from __future__ import annotations

import pytest

from tidegate import losses


@pytest.mark.parametrize("name", ["mse", "MSE", "mean_squared_error"])
def test_aliases(name):
    assert losses.get(name) is losses.mean_squared_error


def test_class_names_give_objects():
    assert isinstance(losses.get("BinaryCrossentropy"), losses.BinaryCrossentropy)
    assert isinstance(losses.get(losses.MeanAbsoluteError), losses.MeanAbsoluteError)
    assert losses.get(None) is None


@pytest.mark.parametrize("name", ["huber", "KLDivergence", "mape", "ctc", "MSLE", "Dice"])
def test_every_loss_has_its_names(name):
    assert callable(losses.get(name))


def test_unknown_names():
    with pytest.raises(ValueError, match="unknown loss"):
        losses.get("no_such_loss")
    with pytest.raises(ValueError, match="a loss must be"):
        losses.get(3)
