"""``add_loss`` and activity regularizers: what layers add to the loss while they are called.

Nothing here costs anything until some layer of the process adds a loss: ``Calling.__call__`` asks
the list ``ADDERS`` alone.
"""

from __future__ import annotations

import threading
from typing import Any

from .. import tree
from ..errors import message
from ..symbolic import KerasTensor
from ..tensor import Tensor

__all__ = ["ADDERS", "add_losses", "observe", "watched_call"]

# Filled by the first layer that adds losses; calls are watched from then on.
ADDERS: list[bool] = []


class _Call(threading.local):
    inside = False  # whether this thread is in the call of a layer that is watched


_CALL = _Call()


def observe() -> None:
    """Watch the calls of all layers from now on."""
    if not ADDERS:
        ADDERS.append(True)


def add_losses(layer: Any, loss: Any) -> None:
    """Keep the losses of this call; those of a symbolic call say nothing.

    Raises:
        ValueError: something that is no tensor.
    """
    observe()
    for leaf in tree.flatten(loss):
        if isinstance(leaf, KerasTensor):
            continue
        if not isinstance(leaf, Tensor):
            raise ValueError(
                message(
                    layer.name,
                    "add_loss is called with tensors, from inside call",
                    f"{leaf!r:.60}",
                )
            )
        layer._added.append(leaf)


def watched_call(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call of a layer: the outermost one forgets the losses of the call before."""
    outermost = not _CALL.inside
    if outermost:
        for inner in layer.flatten_layers():
            inner._added.clear()
        _CALL.inside = True
    try:
        y = layer._call_any(args, kwargs)
    finally:
        if outermost:
            _CALL.inside = False
    if layer.activity_regularizer is not None:
        for leaf in tree.flatten(y):
            if isinstance(leaf, Tensor):
                penalty = layer.activity_regularizer(leaf)
                # By the batch size, so that it weighs the same in batches of any size.
                rows = leaf.shape[0] if leaf.ndim else 1
                add_losses(layer, penalty / rows if rows else penalty)
    return y
