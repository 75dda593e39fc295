"""Several cells as one: each step goes through all of them."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from .layer import Layer

__all__ = ["StackedRNNCells", "output_size", "zero_states"]


class StackedRNNCells(Layer):
    """Cells one after the other in every step; ``RNN([cells])`` makes one.

    Args:
        cells: each with ``call(inputs, states)`` and ``state_size``.

    The states are a list with the states of each cell.

    Raises:
        ValueError: an entry without ``call`` or ``state_size``.

    >>> import numpy as np
    >>> from tidegate.layers import RNN, GRUCell, LSTMCell
    >>> RNN([LSTMCell(4), GRUCell(5)])(np.zeros((2, 3, 6))).shape
    (2, 5)
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            for name in ("call", "state_size"):
                if name not in dir(cell):
                    raise ValueError(
                        message("StackedRNNCells", f"all cells must have {name}", cell)
                    )
        self.cells = cells

    @property
    def state_size(self) -> list[Any]:
        """The sizes of each cell's states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """That of the last cell."""
        return output_size(self.cells[-1])

    def build(self, input_shape: Any) -> None:
        """Build all cells."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """Of each cell, zeros unless it says otherwise."""
        return [zero_states(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def call(self, inputs: Any, states: Any, training: Any = False, **kwargs: Any) -> Any:
        """One step: (output of the last cell, new states of all)."""
        new_states = []
        for cell, state in zip(self.cells, states, strict=True):
            nested = isinstance(state, (list, tuple))
            given = list(state) if nested else [state]
            options = dict(kwargs)
            if isinstance(cell, Layer) and cell.signature().has_training:
                options["training"] = training
            inputs, new = (cell if callable(cell) else cell.call)(inputs, given, **options)
            if not nested and isinstance(new, (list, tuple)) and len(new) == 1:
                new = new[0]
            new_states.append(new)
        return inputs, new_states

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {**super().get_config(), "cells": [serialize(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> StackedRNNCells:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        config = dict(config)
        return cls([deserialize(cell, custom_objects) for cell in config.pop("cells")], **config)


def output_size(cell: Any) -> int:
    """Size of a cell's output: ``output_size``, else that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    sizes = cell.state_size
    return sizes[0] if isinstance(sizes, (list, tuple)) else sizes


def zero_states(cell: Any, batch_size: int | None, dtype: str) -> Any:
    """What a cell starts from: its ``get_initial_state``, else zeros of ``state_size``."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return own(batch_size=batch_size)
    sizes = cell.state_size
    if not isinstance(sizes, (list, tuple)):
        return ops.zeros((batch_size, sizes), dtype=dtype)
    return [ops.zeros((batch_size, size), dtype=dtype) for size in sizes]
