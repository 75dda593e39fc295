"""Counts of right and wrong decisions at thresholds, and precision and recall from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays import Array, as_array
from ..config import epsilon
from ..devices import array_module
from ..errors import message
from ..losses.loss import same_rank
from ..tensor import Tensor, Variable
from .metric import Metric

__all__ = [
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "Recall",
    "ThresholdMetric",
    "TrueNegatives",
    "TruePositives",
    "evenly_spread",
    "share",
]

COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def share(part: Any, rest: Any) -> Array:
    """``part / (part + rest)``, 0 where both are."""
    part, total = as_array(part), as_array(part) + as_array(rest)
    return array_module().divide(part, total, where=total != 0, out=total * 0)


def evenly_spread(thresholds: Sequence[float]) -> bool:
    """Whether these are 0, 1/(n-1), ..., 1, three at least."""
    xp, count = array_module(), len(thresholds)
    even = xp.arange(count, dtype="float32") / max(count - 1, 1)
    return count >= 3 and bool(xp.allclose(thresholds, even, atol=epsilon()))


class ThresholdMetric(Metric):
    """Counts decisions ``y_pred > threshold`` against the labels, for several thresholds at once.

    Subclasses name what they keep of ``COUNTS``, and write ``result``.
    """

    kept: tuple[str, ...] = COUNTS
    top_k: int | None = None
    class_id: int | None = None
    thresholds: Any
    _even: bool

    def _make_counts(self, shape: tuple[int, ...]) -> None:
        for name in self.kept:
            setattr(self, name, self.add_variable(shape, "zeros", name=name))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count one batch."""
        y_true, y_pred, weight = self._prepared(y_true, y_pred, sample_weight)
        self._add(self._counts(y_true.reshape(-1), y_pred.reshape(-1), weight.reshape(-1)))

    def _add(self, counts: dict[str, Array]) -> None:
        for name in self.kept:
            variable: Variable = getattr(self, name)
            variable.assign_add(counts[name])

    def _prepared(self, y_true: Any, y_pred: Any, weight: Any) -> tuple[Array, Array, Array]:
        """Labels, predictions and weights of one shape, after ``top_k`` and ``class_id``."""
        xp, kind = array_module(), self._dtype
        y_pred, y_true = same_rank(_tensor(y_pred, kind), _tensor(y_true, kind))
        labels, found = y_true._value, y_pred._value
        if labels.shape != found.shape:
            raise ValueError(
                message(
                    self.name,
                    "y_true and y_pred must have the same shape",
                    f"y_true {list(labels.shape)}, y_pred {list(found.shape)}",
                )
            )
        if self.top_k is not None:
            found = _only_top(found, self.top_k)
        if self.class_id is not None:
            if found.ndim == 1:
                raise ValueError(
                    message(self.name, "class_id needs y_pred [B, C]", list(found.shape))
                )
            labels, found = labels[..., self.class_id, None], found[..., self.class_id, None]
        weights = as_array(1.0, kind) if weight is None else as_array(weight, kind)[..., None]
        if weights.ndim == labels.ndim + 1:
            weights = weights[..., 0]
        return labels, found, xp.broadcast_to(weights, labels.shape)

    def _counts(self, labels: Array, found: Array, weights: Array) -> dict[str, Array]:
        """The four counts per threshold, from flat arrays."""
        xp, bounds = array_module(), as_array(self.thresholds, self._dtype)
        right = xp.where(labels != 0, weights, 0)
        wrong = xp.where(labels != 0, 0, weights)
        if self._even:
            tp, fp = (self._sums_above(found, part) for part in (right, wrong))
        else:
            above = found[None, :] > bounds[:, None]
            tp, fp = (xp.where(above, part, 0).sum(axis=1) for part in (right, wrong))
        return {
            "true_positives": tp,
            "false_positives": fp,
            "true_negatives": wrong.sum() - fp,
            "false_negatives": right.sum() - tp,
        }

    def _sums_above(self, found: Array, weights: Array) -> Array:
        """Sums of weights above even thresholds: by bucket, then from the last one down."""
        xp, count = array_module(), len(self.thresholds)
        places = xp.ceil(xp.clip(found, 0, 1) * (count - 1)) - 1
        if self.thresholds[0] < 0:
            places = xp.maximum(places, 0)
        kept = places >= 0
        sums = xp.bincount(places[kept].astype("int64"), weights[kept], minlength=count)
        return sums[::-1].cumsum()[::-1].astype(self._dtype)


def _tensor(x: Any, kind: str) -> Tensor:
    return Tensor(as_array(x, kind))


def _only_top(found: Array, k: int) -> Array:
    """Predictions that are not among the k largest of their row become very small."""
    xp = array_module()
    order = xp.argsort(-found, axis=-1, kind="stable")[..., :k]
    chosen = xp.zeros(found.shape, bool)
    xp.put_along_axis(chosen, order, True, axis=-1)
    return xp.where(chosen, found, -1e10).astype(found.dtype)


def _thresholds(name: str, given: Any, default: float) -> list[float]:
    values = list(given) if isinstance(given, (list, tuple)) else [given]
    if given is None:
        return [default]
    if any(t is None or not 0 <= t <= 1 for t in values):
        raise ValueError(message(name, "thresholds must be in [0, 1]", given))
    return values


class _Count(ThresholdMetric):
    """One of the four counts, a number per threshold."""

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.thresholds = _thresholds(self.name, thresholds, 0.5)
        self._even = evenly_spread(self.thresholds)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")

    def _add(self, counts: dict[str, Array]) -> None:
        self.accumulator.assign_add(counts[self.kept[0]])

    def result(self) -> Any:
        """The count, or one per threshold."""
        counts = self.accumulator.numpy()
        return Tensor(counts[0] if len(counts) == 1 else counts)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """How many with label 1 lie above the threshold.

    >>> float(TruePositives()([1, 1, 0], [0.9, 0.2, 0.8]))
    1.0
    """

    kept = ("true_positives",)


class TrueNegatives(_Count):
    """How many with label 0 do not lie above the threshold.

    >>> float(TrueNegatives()([1, 1, 0], [0.9, 0.2, 0.3]))
    1.0
    """

    kept = ("true_negatives",)


class FalsePositives(_Count):
    """How many with label 0 lie above the threshold.

    >>> float(FalsePositives()([1, 1, 0], [0.9, 0.2, 0.8]))
    1.0
    """

    kept = ("false_positives",)


class FalseNegatives(_Count):
    """How many with label 1 do not lie above the threshold.

    >>> float(FalseNegatives()([1, 1, 0], [0.9, 0.2, 0.8]))
    1.0
    """

    kept = ("false_negatives",)


class _Rate(ThresholdMetric):
    """True positives as a share of something."""

    _direction = "up"

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = _thresholds(self.name, thresholds, 0.5 if top_k is None else -1e10)
        self._even = evenly_spread(self.thresholds)
        self._make_counts((len(self.thresholds),))

    def result(self) -> Any:
        """The rate, or one per threshold."""
        rates = share(*(getattr(self, name).numpy() for name in self.kept))
        return Tensor(rates[0] if len(rates) == 1 else rates)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Rate):
    """How many of those above the threshold have label 1.

    Args:
        thresholds: one or several in [0, 1]; default 0.5.
        top_k: only the k largest of a row can be above.
        class_id: the only class that counts, of [B, C].

    >>> float(Precision()([0, 1, 1, 1], [1, 0, 1, 1]))
    0.6666666865348816
    """

    kept = ("true_positives", "false_positives")


class Recall(_Rate):
    """How many of those with label 1 are above the threshold; arguments as ``Precision``.

    >>> float(Recall()([0, 1, 1, 1], [1, 0, 1, 1]))
    0.6666666865348816
    """

    kept = ("true_positives", "false_negatives")
