"""The harmonic mean of precision and recall, per class or over all."""

from __future__ import annotations

from typing import Any

from ..arrays import as_array
from ..config import epsilon
from ..devices import array_module
from ..errors import message
from ..tensor import Tensor
from .metric import Metric

__all__ = ["F1Score", "FBetaScore"]

_KEPT = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """``(1 + beta**2) * precision * recall / (beta**2 * precision + recall)`` of [B, C].

    Args:
        average: None (a number per class), "micro" (all classes counted together), "macro" (mean)
            or "weighted" (by how often each class is the label).
        beta: above 1 recall weighs more.
        threshold: above it is a yes; None: the largest of a row is.

    Raises:
        ValueError: an unknown average, a beta or threshold out of range, y that is not [B, C].

    >>> metric = FBetaScore(average="macro", beta=2.0, threshold=0.5)
    >>> round(float(metric([[1, 0], [1, 1]], [[0.9, 0.2], [0.1, 0.8]])), 4)
    0.7778
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: Any = 1.0,
        threshold: Any = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                message(self.name, "average must be None, 'micro', 'macro' or 'weighted'", average)
            )
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(message(self.name, "beta must be a float above 0", repr(beta)))
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(
                message(self.name, "threshold must be a float in (0, 1]", repr(threshold))
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self._built = False

    def _build(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> None:
        if len(y_true) != 2 or len(y_pred) != 2:
            raise ValueError(
                message(
                    self.name,
                    "y_true and y_pred must be [B, C]",
                    f"y_true {list(y_true)}, y_pred {list(y_pred)}",
                )
            )
        shape = () if self.average == "micro" else y_pred[-1:]
        for name in _KEPT:
            setattr(self, name, self.add_variable(shape, "zeros", name=name))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count one batch."""
        xp = array_module()
        labels, found = as_array(y_true, self._dtype), as_array(y_pred, self._dtype)
        if not self._built:
            self._build(labels.shape, found.shape)
        if self.threshold is None:
            # A row of zeros has no largest one.
            yes = (found >= found.max(axis=-1, keepdims=True)) & (xp.abs(found) > 1e-9)
        else:
            yes = found > self.threshold
        yes = yes.astype(self._dtype)
        weight = 1 if sample_weight is None else as_array(sample_weight, self._dtype)[:, None]
        axis = None if self.average == "micro" else 0
        parts = (yes * labels, yes * (1 - labels), (1 - yes) * labels, labels)
        for name, part in zip(_KEPT, parts, strict=True):
            getattr(self, name).assign_add((part * weight).sum(axis=axis))

    def result(self) -> Any:
        """The score, or one per class."""
        if not self._built:
            return Tensor(as_array(0.0, self._dtype))
        tp, fp, fn, weights = (getattr(self, name).numpy() for name in _KEPT)
        precision = tp / (tp + fp + epsilon())
        recall = tp / (tp + fn + epsilon())
        square = self.beta**2
        score = precision * recall / (square * precision + recall + epsilon()) * (1 + square)
        if self.average == "weighted":
            return Tensor((score * (weights / (weights.sum() + epsilon()))).sum())
        return Tensor(score if self.average is None else score.mean())

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """``FBetaScore`` with precision and recall weighing the same.

    >>> round(float(F1Score(average="micro")([[1, 0], [0, 1]], [[0.9, 0.2], [0.8, 0.1]])), 4)
    0.5
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: Any = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        config = super().get_config()
        del config["beta"]
        return config
