"""``model.stream()``: a model, one step at a time."""

from __future__ import annotations

from typing import Any

from ..errors import message, not_offered
from .lower import lower
from .session import Session

__all__ = ["stream"]

_LATER = ("float16", "int8")


def stream(model: Any, batch: int = 1, weights: str = "float32") -> Session:
    """A session that runs the model one step at a time, from zero states.

    Args:
        model: what `lower` takes. Its weights are copied: training it goes on without the session.
        batch: rows B that advance together.
        weights: how the kernels of recurrent and dense layers are kept, "float32" or "bfloat16":
            rounded to the nearest, half the bytes to read, up to twice as fast where one step of
            few rows waits for its weights (64 units and more). Sums, states, biases and embedding
            tables stay float32: the results have the bits of a float32 stream over rounded kernels.

    Raises:
        ValueError, NotOfferedError: a model that cannot run step by step; the layer is named.

    >>> import numpy as np
    >>> import tidegate
    >>> from tidegate.layers import GRU, Dense, Input
    >>> model = tidegate.Sequential([Input((None, 2)), GRU(8), Dense(1)])
    >>> session = stream(model, batch=3)
    >>> session.step(np.zeros((3, 2), np.float32)).shape
    (3, 1)
    """
    if weights in _LATER:
        raise not_offered("stream", f"weights={weights!r}", 'weights="bfloat16"')
    if weights not in ("float32", "bfloat16"):
        raise ValueError(
            message("stream", 'weights must be "float32" or "bfloat16"', repr(weights))
        )
    graph = lower(model, weights)
    if graph.step_error:
        hint = "lower(model).session(batch, steps=T).run(x) and model.predict(x) take sequences"
        raise ValueError(message("stream", graph.step_error, hint=hint))
    return graph.session(batch)
