"""``LSTM.cell`` and its kin: one step of a recurrent layer, with the layer's own variables."""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["own_cell", "share"]

_CLASSES = {"simple_rnn": "SimpleRNNCell", "lstm": "LSTMCell", "gru": "GRUCell"}
_WEIGHTS = ("kernel", "recurrent_kernel", "bias")


def own_cell(layer: Any) -> Any:
    """The cell of a layer: made when it is first asked for, the same one ever after.

    >>> import numpy as np
    >>> from tidegate.layers import GRU
    >>> layer = GRU(3)
    >>> layer.build((None, 5, 2))
    >>> layer.cell.kernel is layer.kernel
    True
    >>> layer.cell(np.zeros((4, 2)), layer.cell.get_initial_state(4))[0].shape
    (4, 3)
    """
    cell = layer._shared_cell
    if cell is None:
        from . import cells

        made = getattr(cells, _CLASSES[layer._cell])
        wanted = inspect.signature(made.__init__).parameters
        arguments = {name: getattr(layer, name) for name in wanted if hasattr(layer, name)}
        arguments.update(name=layer.cell_name, dtype=layer.dtype_policy)
        cell = layer._shared_cell = made(**arguments, trainable=layer.trainable)
        cell.seed_generator = layer.seed_generator
        if layer.built:
            share(layer, cell)
    return cell


def share(layer: Any, cell: Any) -> None:
    """Give the weights of a built layer to its cell, frozen if the cell is."""
    for name in _WEIGHTS:
        variable = getattr(layer, name)
        setattr(cell, name, variable)
        if variable is not None:
            variable.trainable = variable.trainable and cell.trainable
    cell._path = f"{layer.path}/{cell.name}"
    cell._build_shapes = (None, layer.kernel.shape[0])
    cell.built = True
