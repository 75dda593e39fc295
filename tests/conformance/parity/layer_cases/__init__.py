"""Random configurations of every layer, for tidegate and Keras alike.

A case is drawn from a generator alone, so its seed reproduces a failure. `CASES` maps the name of a
layer class to the function that draws one; a class of `tidegate.layers` without an entry fails a
test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

Rng = np.random.Generator


@dataclass
class LayerCase:
    """One layer and one call of it."""

    make: Callable[[ModuleType], Any]  # of the package: the layer
    inputs: tuple[Any, ...]  # positional arguments: arrays, or lists of them
    masks: tuple[Any, ...] | None = None  # masks that ride on them, in the same structure
    call: dict[str, Any] = field(default_factory=dict)  # keyword arguments
    training: bool | None = None
    differs: tuple[str, ...] = ()  # checks that do not apply, each with its reason in the case
    tolerance: float = 1e-5


CASES: dict[str, Callable[[Rng], LayerCase]] = {}


def case(*names: str) -> Callable[[Any], Any]:
    """A decorator: this function draws cases of these layers (called with the name if several)."""

    def register(function: Any) -> Any:
        for name in names:
            CASES[name] = (
                function if len(names) == 1 else lambda rng, name=name: function(rng, name)
            )
        return function

    return register


def values(rng: Rng, *shape: int) -> np.ndarray:
    """Normal numbers, float32."""
    return rng.normal(size=shape).astype(np.float32)


def some(rng: Rng, *options: Any) -> Any:
    """One of these."""
    return options[int(rng.integers(len(options)))]


def sizes(rng: Rng, count: int, low: int = 1, high: int = 6) -> tuple[int, ...]:
    """That many axis lengths."""
    return tuple(int(n) for n in rng.integers(low, high, size=count))


def maybe_mask(rng: Rng, batch: int, steps: int) -> np.ndarray | None:
    """A mask [B, T] with at least one step kept in each row, or None."""
    if rng.random() < 0.4:
        return None
    mask = rng.random((batch, steps)) < 0.7
    mask[np.arange(batch), rng.integers(0, steps, size=batch)] = True
    return mask


def sequences(rng: Rng) -> tuple[np.ndarray, np.ndarray | None]:
    """[B, T, F] and perhaps a mask."""
    batch, steps, size = sizes(rng, 3)
    return values(rng, batch, steps, size), maybe_mask(rng, batch, steps)


def penalized(rng: Rng) -> dict[str, Any]:
    """Perhaps an argument that every layer takes: a penalty on its outputs."""
    return some(rng, {}, {}, {"activity_regularizer": "l2"}, {"activity_regularizer": "L1L2"})


from . import attention, core, preprocessing, recurrent, structural, windows  # noqa: E402, F401
