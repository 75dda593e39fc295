"""Connectionist temporal classification: labels shorter than the sequence, without alignment."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from ..ops.ctc import ctc_loss
from ..tensor import Tensor
from .loss import LossFunctionWrapper
from .pairs import as_tensor

__all__ = ["CTC", "ctc"]


def ctc(y_true: Any, y_pred: Any) -> Tensor:
    """-log of the probability of each label, over all alignments: [B, L], [B, T, C] -> [B].

    Args:
        y_true: class numbers; 0 is the blank, and the padding at the end.
        y_pred: logits. Where a mask of padded ends rides on them, only the kept steps count;
            otherwise all T of them. ``ops.ctc_loss`` takes lengths as arguments.

    Raises:
        ValueError: another number of axes, a mask that is not one of padded ends.

    Source: Graves et al., "Connectionist temporal classification", ICML 2006.

    >>> ctc([[1]], [[[0.0, 0.0], [0.0, 0.0]]]).numpy().round(4)
    array([0.2877], dtype=float32)
    """
    y_true, y_pred = as_tensor(y_true), as_tensor(y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3:
        raise ValueError(
            message(
                "ctc",
                "y_true must be [B, L] and y_pred [B, T, C]",
                f"y_true {list(y_true.shape)}, y_pred {list(y_pred.shape)}",
            )
        )
    lengths = (y_true._value != 0).sum(axis=-1).astype("int32")
    return ctc_loss(ops.cast(y_true, "int32"), y_pred, Tensor(lengths), _steps(y_pred))


def _steps(y_pred: Tensor) -> Tensor:
    mask = y_pred.mask
    if mask is None:
        return ops.full(y_pred.shape[:1], y_pred.shape[1], dtype="int32")
    if mask.kind not in ("full", "right"):
        raise ValueError(
            message(
                "ctc", "a mask must be one of padded ends", mask.kind, "pad with padding='post'"
            )
        )
    return Tensor(mask.lengths)


ctc.reads_mask = True  # type: ignore[attr-defined]


class CTC(LossFunctionWrapper):
    """-log of the probability of each label, over all alignments; see ``ctc``.

    >>> round(float(CTC()([[1]], [[[0.0, 0.0], [0.0, 0.0]]])), 4)
    0.2877
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "ctc",
        dtype: Any = None,
    ) -> None:
        super().__init__(ctc, reduction, name, dtype)
