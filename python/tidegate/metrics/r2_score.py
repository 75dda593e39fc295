"""The share of the variance that a regression explains."""

from __future__ import annotations

import warnings
from typing import Any

from ..arrays import as_array
from ..devices import array_module
from ..errors import message
from ..losses.loss import same_rank
from ..tensor import Tensor
from .metric import Metric

__all__ = ["R2Score"]

_KEPT = {"squared_sum": "squared_sum", "sum": "sum", "total_mse": "residual", "count": "count"}


class R2Score(Metric):
    """``1 - sum((y_true - y_pred)**2) / sum((y_true - mean(y_true))**2)`` of [B, D].

    Args:
        class_aggregation: "uniform_average" (mean over D), "variance_weighted_average" or None.
        num_regressors: above 0 gives the adjusted score of so many predictors.

    Raises:
        ValueError: an unknown aggregation, a negative number, y that is not [B, D].

    >>> round(float(R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])), 4)
    0.5714
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        known = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in known:
            raise ValueError(
                message(self.name, f"class_aggregation must be one of {known}", class_aggregation)
            )
        if num_regressors < 0:
            raise ValueError(
                message(self.name, "num_regressors must be at least 0", num_regressors)
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, y_true: tuple[int, ...], y_pred: tuple[int, ...]) -> None:
        if len(y_true) != 2 or len(y_pred) != 2:
            raise ValueError(
                message(
                    self.name,
                    "y_true and y_pred must be [B, D]",
                    f"y_true {list(y_true)}, y_pred {list(y_pred)}",
                )
            )
        for attribute, name in _KEPT.items():
            setattr(self, attribute, self.add_variable(y_pred[-1:], "zeros", name=name))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Gather one batch."""
        xp = array_module()
        pair = same_rank(*(Tensor(as_array(y, self._dtype)) for y in (y_true, y_pred)))
        truth, found = (y._value for y in pair)
        if not self._built:
            self._build(truth.shape, found.shape)
        weights = as_array(1.0 if sample_weight is None else sample_weight, self._dtype)
        weights = xp.broadcast_to(weights[:, None] if weights.ndim == 1 else weights, truth.shape)
        parts = {
            "sum": truth * weights,
            "squared_sum": truth * truth * weights,
            "total_mse": (truth - found) ** 2 * weights,
            "count": weights,
        }
        for attribute, part in parts.items():
            getattr(self, attribute).assign_add(part.sum(axis=0))
        self.num_samples.assign_add(float(truth.size))

    def result(self) -> Any:
        """The score, or one per column."""
        if not self._built:
            return Tensor(as_array(0.0, self._dtype))
        xp = array_module()
        with xp.errstate(all="ignore"):
            total = self.squared_sum.numpy() - self.sum.numpy() ** 2 / self.count.numpy()
            score = 1 - self.total_mse.numpy() / total
            score = xp.where(xp.isinf(score), 0, score)
            if self.class_aggregation == "uniform_average":
                score = score.mean()
            elif self.class_aggregation is not None:
                score = (total * score).sum() / total.sum()
        return Tensor(xp.asarray(self._adjusted(score), self._dtype))

    def _adjusted(self, score: Any) -> Any:
        samples, predictors = float(self.num_samples), self.num_regressors
        if predictors == 0:
            return score
        if predictors >= samples - 1:
            problem = "More independent predictors than datapoints"
            if predictors == samples - 1:
                problem = "Division by zero"
            warnings.warn(
                f"{problem} in adjusted R2 score. Falling back to standard R2 score.", stacklevel=3
            )
            return score
        return 1 - (1 - score) * (samples - 1) / (samples - predictors - 1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
