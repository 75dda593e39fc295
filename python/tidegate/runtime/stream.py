"""``model.stream()``: a model, one step at a time."""

from __future__ import annotations

from typing import Any

from ..errors import message
from .lower import lower
from .session import Session
from .storage import check_weights
from .structured_session import StructuredSession, needs_structure

__all__ = ["stream"]


def stream(model: Any, batch: int = 1, weights: str | None = None) -> Session:
    """A session that runs the model one step at a time, from zero states.

    Args:
        model: what `lower` takes: Sequential or functional. Its weights are copied: training it
            goes on without the session.
        batch: rows B that advance together.
        weights: how the kernels of recurrent and dense layers are kept; default as `Model.quantize`
            was told, else "float32". Those of convolutions are float32 always.

            - "float32".
            - "bfloat16": rounded to the nearest, half the bytes to read, up to twice as fast where
              one step of few rows waits for its weights (64 units and more). Sums, states, biases
              and embedding tables stay float32: the results have the bits of a float32 stream over
              rounded kernels.
            - "float16": the same with 11 bits of precision in place of 8, for values below 65,520;
              faster where weights come from far away (512 units and more).
            - "int8": whole numbers with a scale per column, w_kn ~ scale_n * q_kn, and per row of
              an embedding table: a quarter of the bytes, 2 to 4 times as fast from 256 units on.
              Rows become whole numbers while they are multiplied, on the range [-1, 1] where they
              come from tanh, sigmoid, hard_sigmoid or softmax, else on the range that each has;
              their products are added up exactly, and states, biases, gates and activations are
              float32. The equations are those of `tidegate.reference.quantized`.

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
    if weights is not None:
        check_weights("stream", weights)
    graph = lower(model, weights)
    if graph.step_error:
        hint = "lower(model).session(batch, steps=T).run(x) and model.predict(x) take sequences"
        raise ValueError(message("stream", graph.step_error, hint=hint))
    form = model._graph.form
    return StructuredSession(graph, batch, form) if needs_structure(form) else graph.session(batch)
