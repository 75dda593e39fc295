"""Weighted sums and means over batches, of values or of functions of ``y_true`` and ``y_pred``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops
from ..losses.loss import apply_mask, same_rank
from ..scopes import STATE
from ..tensor import Tensor, convert_to_tensor
from .metric import Metric

__all__ = ["Mean", "MeanMetricWrapper", "Sum"]


def _samplewise(values: Any, sample_weight: Any, reduce: Callable[..., Any]) -> tuple[Any, Any]:
    """Values and weights, one per sample (Keras' ``reduce_to_samplewise_values``)."""
    if sample_weight is not None:
        values, sample_weight = same_rank(values, sample_weight)
        rank = len(sample_weight.shape)
        if len(values.shape) > rank:
            values = reduce(values, axis=tuple(range(rank, len(values.shape))))
        sample_weight = ops.broadcast_to(sample_weight, values.shape)
        values = ops.multiply(values, sample_weight)
        if rank > 1:
            sample_weight = reduce(sample_weight, axis=tuple(range(1, rank)))
    if len(values.shape) > 1:
        values = reduce(values, axis=tuple(range(1, len(values.shape))))
    return values, sample_weight


class _Reduction(Metric):
    """Keeps its state as Python floats: they do not round as batches go by."""

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.total = 0.0
        self.count = 0.0

    def _prepare(self, values: Any, sample_weight: Any) -> tuple[Any, Any]:
        values = values if isinstance(values, Tensor) else convert_to_tensor(values)
        mask = values.mask
        values = ops.cast(values, self._dtype)
        if sample_weight is not None:
            sample_weight = ops.cast(convert_to_tensor(sample_weight), self._dtype)
            if mask is not None:
                sample_weight = apply_mask(sample_weight, mask, self._dtype, "sum")
        return values, sample_weight

    def reset_state(self) -> None:
        """Forget what was gathered."""
        self.total = 0.0
        self.count = 0.0

    def value(self) -> float:
        """The result as a Python float."""
        raise NotImplementedError

    def result(self) -> Any:
        """The result as a tensor without axes."""
        return convert_to_tensor(self.value(), dtype=self._dtype)


class Sum(_Reduction, skips_traces=True):
    """The weighted sum of values.

    >>> m = Sum()
    >>> m.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    >>> float(m.result())
    4.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values [B, ...], weighted by ``sample_weight``."""
        if STATE.tracing is not None:
            return
        values, _ = _samplewise(*self._prepare(values, sample_weight), ops.sum)
        self.total += float(ops.sum(values))

    def value(self) -> float:
        """The result as a Python float."""
        return self.total


class Mean(_Reduction, skips_traces=True):
    """The weighted mean of values.

    >>> m = Mean()
    >>> m.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
    >>> float(m.result())
    2.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values [B, ...], weighted by ``sample_weight``."""
        if STATE.tracing is not None:
            return
        if sample_weight is None and type(values) is Tensor:
            array = values._value
            rows = array.shape[0] if array.shape else 1
            if array.size:
                self.total += float(array.mean(dtype="float64")) * rows
            self.count += rows
            return
        values, sample_weight = _samplewise(*self._prepare(values, sample_weight), ops.mean)
        self.total += float(ops.sum(values))
        if sample_weight is None:
            self.count += values.shape[0] if values.shape else 1
        else:
            self.count += float(ops.sum(sample_weight))

    def add(self, loss: Any, weight: float) -> None:
        """Add a loss, or the mean of several, with its weight: the trainer's short way."""
        if type(loss) is Tensor:
            loss = loss._value
            if loss.ndim:
                loss = loss.mean(dtype="float64") if loss.size else 0.0
        self.total += float(loss) * weight
        self.count += weight

    def value(self) -> float:
        """The result as a Python float."""
        return self.total / self.count if self.count else 0.0


class MeanMetricWrapper(Mean, skips_traces=True):
    """The mean of a function ``fn(y_true, y_pred, **kwargs)`` that gives values per sample.

    A mask that rides on ``y_pred`` counts as weights 0 and 1.

    >>> m = MeanMetricWrapper(lambda y_true, y_pred: (y_true - y_pred) ** 2)
    >>> m.update_state(convert_to_tensor([1.0, 1.0]), convert_to_tensor([1.0, 3.0]))
    >>> float(m.result())
    2.0
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name or getattr(fn, "__name__", None), dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Add one batch."""
        if STATE.tracing is not None:
            return
        mask = getattr(y_pred, "mask", None)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if mask is not None:
            sample_weight = apply_mask(sample_weight, mask, self._dtype, "sum")
        super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), **self._fn_kwargs}
