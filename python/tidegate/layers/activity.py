"""Activity regularizers: penalties on what a layer gives."""

from __future__ import annotations

from typing import Any

from .. import tree
from ..tensor import Tensor

__all__ = ["REGULARIZED", "regularized_call"]

# Not empty once a layer of the process has an activity regularizer: the only thing that the calls
# of all others ask.
REGULARIZED: list[bool] = []


def regularized_call(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The call of such a layer, its penalties added; those of a symbolic call say nothing."""
    y = layer._call_any(args, kwargs)
    for leaf in tree.flatten(y):
        if isinstance(leaf, Tensor):
            penalty = layer.activity_regularizer(leaf)
            # By the batch size, so that it weighs the same in batches of any size.
            rows = leaf.shape[0] if leaf.ndim else 1
            layer.add_loss(penalty / rows if rows else penalty)
    return y
