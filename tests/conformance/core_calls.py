"""A `Case` through the compiled core: packs, forward, backward, with no Python layer between."""

from __future__ import annotations

from typing import Any

import numpy as np
from recurrent_cases import Case

from tidegate import _core
from tidegate.reference import Weights
from tidegate.reference.bptt import Gradients

MaskSpec = tuple[str, np.ndarray, np.ndarray, np.ndarray]


def mask_spec(mask: np.ndarray | None) -> MaskSpec | None:
    """(kind, values, lengths, order), what a `tidegate` Mask hands to the core."""
    if mask is None:
        return None
    mask = np.ascontiguousarray(mask)
    lengths = mask.sum(axis=1).astype(np.int32)
    steps = np.arange(mask.shape[1])
    if mask.all():
        kind = "full"
    elif np.array_equal(mask, steps < lengths[:, None]):
        kind = "right"
    elif np.array_equal(mask, steps >= mask.shape[1] - lengths[:, None]):
        kind = "left"
    else:
        kind = "holes"
    order = np.argsort(-lengths, kind="stable").astype(np.int32)
    return kind, mask, lengths, order


def pack(
    case: Case, weights: tuple[Weights, ...] | None = None, products: str = ""
) -> tuple[Any, ...]:
    """The packed weights of each direction."""
    return tuple(
        _core.RecurrentWeights(
            case.cell,
            w.kernel,
            w.recurrent_kernel,
            w.bias,
            reset_after=w.reset_after,
            products=products,  # type: ignore[arg-type]
        )
        for w in weights or case.weights
    )


def forward(case: Case, *, training: bool, packs: tuple[Any, ...] | None = None, **changes: Any):
    """(y, states, saved) of the core; changes replace keywords or, as `x`, the input."""
    x = changes.pop("x", case.x)
    keywords = case.keywords() | changes
    keywords["mask"] = mask_spec(keywords["mask"])  # type: ignore[arg-type]
    return _core.recurrent_forward(x, packs or pack(case), training=training, **keywords)


def backward(case: Case, packs: tuple[Any, ...] | None = None) -> Gradients:
    """The core's gradients in the oracle's shape."""
    _, _, saved = forward(case, training=True, packs=packs)
    dx, weights, states = _core.recurrent_backward(saved, case.dy, case.dstates, need_dx=True)
    return Gradients(dx, weights, states)
