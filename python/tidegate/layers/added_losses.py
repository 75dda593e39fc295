"""Losses that layers add while they run: gathered for the model, forgotten with its next call.

Forgetting must cost nothing where nobody adds a loss. So no call clears anything; the first loss
that is added asks the stack which call is the outermost one, and if that is a new one, clears what
its layer gathered in the call before.
"""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import Any

from .. import tree
from ..errors import message
from ..scopes import STATE
from ..symbolic import KerasTensor
from ..tensor import Tensor
from .calling import Calling

__all__ = ["ADDED", "add_loss"]

_CALL = Calling.__call__.__code__


class _Added(threading.local):
    any = False  # a loss was added in this thread since a training step last asked


ADDED = _Added()


def _outermost_call() -> FrameType | None:
    """The frame of the first layer call on this thread's stack."""
    found = None
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code is _CALL:
            found = frame
        frame = frame.f_back
    return found


def add_loss(layer: Any, loss: Any) -> None:
    """Keep the loss, or losses, on the layer.

    Raises:
        ValueError: something that is no tensor.
    """
    given = tree.flatten(loss)
    for one in given:
        if not isinstance(one, (Tensor, KerasTensor)):
            raise ValueError(
                message(
                    layer.name,
                    "add_loss takes tensors, inside of call",
                    f"{type(one).__name__}",
                    "compute it with tidegate.ops",
                )
            )
    if STATE.tracing is not None:
        return
    root = _outermost_call()
    if root is not None:
        owner = root.f_locals["self"]
        # The frame itself is kept: of one that is gone, another could have the identity.
        if owner._root_call is not root:
            for below in owner.flatten_layers():
                below._losses.clear()
            owner._root_call = root
    layer._losses.extend(given)
    ADDED.any = True
