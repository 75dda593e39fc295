"""What someone who only knows Keras writes gives Keras' result: names, numbers, weights."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from sampling import same_error
from strangers import SERIES, STRANGERS, VALUES

import tidegate

LOOSE = {"rtol": 1e-4, "atol": 1e-5}


def same(ours: Any, theirs: Any, where: str) -> None:
    """Equal structures and texts, numbers within rounding."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key, value in theirs.items():
            same(ours[key], value, f"{where}/{key}")
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs), where
        for i, (one, other) in enumerate(zip(ours, theirs)):
            same(one, other, f"{where}/{i}")
    elif isinstance(theirs, float):
        np.testing.assert_allclose(ours, theirs, err_msg=where, **LOOSE)
    elif isinstance(theirs, np.ndarray):
        assert type(ours) is np.ndarray, where
        np.testing.assert_allclose(ours, theirs, err_msg=where, **LOOSE)
    else:
        assert ours == theirs, where


def looked_at(found: dict[str, Any]) -> dict[str, Any]:
    """Models in the findings as what they predict and weigh."""
    models = [found.pop("model"), *found.pop("more", [])]
    x = found.pop("x")
    return {
        **found,
        "predictions": [model.predict(x, verbose=0) for model in models],
        "weights": [model.get_weights() for model in models],
    }


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda f: f.__name__)
def test_as_keras(stranger: Any) -> None:
    ours, theirs = (looked_at(stranger(package)) for package in (tidegate, keras))
    same(ours, theirs, stranger.__name__)


@pytest.mark.parametrize(
    "arguments",
    [
        {"loss": "mse", "loss_weights": [1.0, 0.5]},
        {"loss": ["mse", "mae"], "loss_weights": [1.0]},
        {"loss": {"a": "mse", "c": "mse"}},
        {"loss": "mse", "metrics": {"c": "mae"}},
        {"loss": "mse", "metrics": ["mae"]},
        {"loss": "mse", "metrics": "mae"},
    ],
)
def test_what_does_not_fit_the_outputs(arguments: dict[str, Any]) -> None:
    def attempt(k: Any) -> None:
        x = k.Input((6, 3))
        y = k.layers.GRU(2)(x)
        model = k.Model(x, [k.layers.Dense(2, name=name)(y) for name in "ab"])
        model.compile("sgd", **arguments)
        model.fit(SERIES, [VALUES, VALUES], verbose=0)

    same_error(lambda: attempt(tidegate), lambda: attempt(keras))
