"""Random configurations: a few in the fast run, all of them under ``slow``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest


def seeds(fast: int, everything: int) -> Any:
    """Parametrizes a test over ``seed``; those from ``fast`` on are slow."""
    return pytest.mark.parametrize(
        "seed",
        [
            pytest.param(seed, marks=[pytest.mark.slow] if seed >= fast else [])
            for seed in range(everything)
        ],
    )


def draw(rng: np.random.Generator, options: dict[str, Iterable[Any]]) -> dict[str, Any]:
    """Some of the options, each with one of its values, as Python's own types."""
    found = {}
    for name, values in options.items():
        choices = list(values)
        if rng.random() < 0.6:
            found[name] = choices[rng.integers(len(choices))]
    return found


def error_of(call: Any) -> type[BaseException] | None:
    """The class of what a call raises, or None."""
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def same_error(ours: Any, theirs: Any) -> None:
    """Both raise, ours an error of the class of theirs (or a subclass)."""
    expected, found = error_of(theirs), error_of(ours)
    assert expected is not None, "Keras takes this call"
    assert found is not None, f"Keras raises {expected.__name__}, tidegate nothing"
    assert issubclass(found, expected), f"{found.__name__}, Keras {expected.__name__}"
