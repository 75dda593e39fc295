"""The area under a curve of rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays import Array, as_array
from ..config import epsilon
from ..devices import array_module
from ..errors import message
from ..ops.activation import sigmoid
from ..tensor import Tensor
from .confusion import COUNTS, ThresholdMetric, evenly_spread, share

__all__ = ["AUC"]

_CURVES = {"roc": "ROC", "pr": "PR", "prgain": "PRGAIN"}
_SUMMATIONS = ("interpolation", "majoring", "minoring")


class AUC(ThresholdMetric):
    """The area under the ROC curve, or that of precision over recall, from counts at thresholds.

    Args:
        num_thresholds: evenly spread over [0, 1]; more give a better approximation.
        curve: "ROC" (recall over the rate of false positives), "PR" or "PRGAIN".
        summation_method: "interpolation", "minoring" or "majoring" heights.
        thresholds: given ones in place of ``num_thresholds``.
        multi_label: whether each column of [B, C] is a curve of its own; the result is their mean.
        num_labels: C, for ``multi_label``.
        label_weights: of the columns.
        from_logits: whether predictions are before the sigmoid.

    Source: Davis, Goadrich, "The relationship between precision-recall and ROC curves", 2006, for
    the interpolation of precision; Flach, Kull, "Precision-recall-gain curves", 2015.

    Raises:
        ValueError: an unknown curve or summation, fewer than 2 thresholds, ``num_labels`` without
            ``multi_label``, predictions that do not fit ``multi_label``.

    >>> float(AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(dtype, name)
        self.curve = _CURVES.get(curve, curve)
        self.summation_method = summation_method.lower()
        self._check_names()
        self._given = None if thresholds is None else sorted(thresholds)
        if self._given is None and num_thresholds <= 1:
            raise ValueError(message(self.name, "num_thresholds must be above 1", num_thresholds))
        steps = num_thresholds - 1
        inner = [i / steps for i in range(1, steps)] if self._given is None else self._given
        self.num_thresholds = len(inner) + 2
        self._even = evenly_spread([0.0, *inner, 1.0])
        # Beyond the ends, so that rounding puts everything above the first and below the last.
        self.thresholds = [-epsilon(), *inner, 1 + epsilon()]
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else as_array(label_weights, self._dtype)
        self._from_logits = from_logits
        self._built = False
        if num_labels and not multi_label:
            raise ValueError(message(self.name, "num_labels goes with multi_label=True"))
        if num_labels or not multi_label:
            self._build((None, num_labels))

    def _check_names(self) -> None:
        if self.curve not in _CURVES.values():
            raise ValueError(
                message(self.name, f"curve must be one of {tuple(_CURVES.values())}", self.curve)
            )
        if self.summation_method not in _SUMMATIONS:
            raise ValueError(
                message(
                    self.name,
                    f"summation_method must be one of {_SUMMATIONS}",
                    self.summation_method,
                )
            )

    def _build(self, shape: tuple[Any, ...]) -> None:
        if self.multi_label and len(shape) != 2:
            raise ValueError(
                message(self.name, "multi_label=True needs y_pred [B, C]", list(shape))
            )
        count = (self.num_thresholds,)
        self._make_counts((*count, shape[1]) if self.multi_label else count)
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count one batch."""
        if self._from_logits:
            y_pred = sigmoid(y_pred)
        if not self._built:
            self._build(as_array(y_pred).shape)
        labels, found, weights = self._prepared(y_true, y_pred, sample_weight)
        if not self.multi_label:
            if self.label_weights is not None:
                weights = weights * self.label_weights
            self._add(self._counts(labels.reshape(-1), found.reshape(-1), weights.reshape(-1)))
            return
        columns = [self._counts(*column) for column in zip(labels.T, found.T, weights.T)]
        stack = array_module().stack
        self._add({name: stack([c[name] for c in columns], axis=1) for name in COUNTS})

    def result(self) -> Any:
        """The area."""
        if not self._built:
            return Tensor(as_array(0.0, self._dtype))
        counts = [getattr(self, name).numpy() for name in COUNTS]
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated_precision(*counts)
        else:
            x, y = _curve(self.curve, *counts)
            areas = (x[:-1] - x[1:]) * self._heights(y[:-1], y[1:])
        areas = areas.sum(axis=0)
        if not self.multi_label:
            return Tensor(areas)
        if self.label_weights is None:
            return Tensor(areas.mean())
        return Tensor((areas * self.label_weights).sum() / self.label_weights.sum())

    def _heights(self, left: Array, right: Array) -> Array:
        xp = array_module()
        if self.summation_method == "interpolation":
            return (left + right) / 2
        return (xp.minimum if self.summation_method == "minoring" else xp.maximum)(left, right)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        weights = self.label_weights
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if weights is None else weights.tolist(),
            "from_logits": self._from_logits,
        }
        return config if self._given is None else {**config, "thresholds": self._given}


def _divide(a: Array, b: Array) -> Array:
    return array_module().divide(a, b, where=b != 0, out=a * 0)


def _curve(curve: str, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array]:
    """The two coordinates of a curve, a point per threshold."""
    xp = array_module()
    if curve == "ROC":
        return share(fp, tn), share(tp, fn)
    if curve == "PR":
        return share(tp, fn), share(tp, fp)
    scale = _divide(tp + fn, tn + fp)
    found = tp > 0
    recall = xp.where(found, 1 - scale * _divide(fn, tp), 0)
    precision = xp.where(found, 1 - scale * _divide(fp, tp), 1)
    return xp.maximum(recall, 0), precision


def _interpolated_precision(tp: Array, fp: Array, tn: Array, fn: Array) -> Array:
    """Areas between neighbours, the true positives taken as linear in all positives."""
    xp = array_module()
    p = tp + fp
    dtp, dp = tp[:-1] - tp[1:], p[:-1] - p[1:]
    slope = _divide(dtp, xp.maximum(dp, 0))
    start = tp[1:] - slope * p[1:]
    both = (p[:-1] > 0) & (p[1:] > 0)
    ratio = xp.where(both, _divide(p[:-1], xp.maximum(p[1:], 0)), 1)
    return _divide(slope * (dtp + start * xp.log(ratio)), xp.maximum(tp[1:] + fn[1:], 0))
