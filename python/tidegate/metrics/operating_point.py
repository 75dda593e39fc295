"""The best value of one rate where another one is at least a given number."""

from __future__ import annotations

from typing import Any

from ..arrays import Array
from ..devices import array_module
from ..errors import message
from ..tensor import Tensor
from .confusion import ThresholdMetric, share

__all__ = [
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
]

# What each rate is the share of.
_RATES = {
    "sensitivity": ("true_positives", "false_negatives"),
    "recall": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
    "precision": ("true_positives", "false_positives"),
}


class _AtLeast(ThresholdMetric):
    """The largest ``best`` over the thresholds at which ``held`` is at least ``value``."""

    _direction = "up"
    held = ""
    best = ""

    def __init__(
        self,
        value: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if not 0 <= value <= 1:
            raise ValueError(message(self.name, f"{self.held} must be in [0, 1]", value))
        if num_thresholds <= 0:
            raise ValueError(message(self.name, "num_thresholds must be above 0", num_thresholds))
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        steps = num_thresholds - 1
        self.thresholds = [i / steps for i in range(num_thresholds)] if steps else [0.5]
        self._even = num_thresholds > 1
        self._make_counts((num_thresholds,))

    def _rate(self, name: str) -> Array:
        part, rest = _RATES[name]
        return share(getattr(self, part).numpy(), getattr(self, rest).numpy())

    def result(self) -> Any:
        """The best rate; 0 where no threshold will do."""
        allowed = self._rate(self.held) >= self._dtype_value(self.value)
        return Tensor(array_module().where(allowed, self._rate(self.best), 0).max())

    def _dtype_value(self, value: float) -> Any:
        return array_module().asarray(value, self._dtype)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self.held: self.value,
        }


class SensitivityAtSpecificity(_AtLeast):
    """The best sensitivity (recall) where the specificity is at least the given one.

    >>> float(SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    held, best = "specificity", "sensitivity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(_AtLeast):
    """The best specificity where the sensitivity (recall) is at least the given one.

    >>> float(SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.6666666865348816
    """

    held, best = "sensitivity", "specificity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity


class PrecisionAtRecall(_AtLeast):
    """The best precision where the recall is at least the given one.

    >>> float(PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    held, best = "recall", "precision"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall


class RecallAtPrecision(_AtLeast):
    """The best recall where the precision is at least the given one.

    >>> float(RecallAtPrecision(0.8)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.5
    """

    held, best = "precision", "recall"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision
