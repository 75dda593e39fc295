"""``model.stream()``: a model, one step at a time."""

from __future__ import annotations

from typing import Any

from ..errors import message, not_offered
from .lower import lower
from .session import Session

__all__ = ["stream"]

_LATER = ("bfloat16", "float16", "int8")


def stream(model: Any, batch: int = 1, weights: str = "float32") -> Session:
    """A session that runs the model one step at a time, from zero states.

    Args:
        model: what `lower` takes. Its weights are copied: training it goes on without the session.
        batch: rows B that advance together.
        weights: how weights are kept, "float32".

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
        raise not_offered("stream", f"weights={weights!r}", 'weights="float32"')
    if weights != "float32":
        raise ValueError(message("stream", 'weights must be "float32"', repr(weights)))
    return lower(model).session(batch)
