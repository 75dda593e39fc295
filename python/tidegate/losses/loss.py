"""The base of all losses: values per entry, mask, sample weights, one number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtype_policies, ops, tree
from ..config import floatx
from ..dtypes import FLOATS
from ..errors import message
from ..mask import Mask
from ..tensor import Tensor, convert_to_tensor
from ..utils.naming import auto_name

__all__ = ["Loss", "LossFunctionWrapper", "apply_mask", "reduce_weighted_values", "same_rank"]

_REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss:
    """Base class of losses; subclasses write ``call(y_true, y_pred)``, values per sample.

    Args:
        name: of the loss; default by class.
        reduction: "sum_over_batch_size" and "mean" (sum divided by the number of values), "sum",
            "mean_with_sample_weight" (sum divided by the sum of weights), "none" or None.
        dtype: of the arithmetic; default that of ``y_pred``, floatx where that is bfloat16.

    Raises:
        ValueError: an unknown reduction.

    Example:

    >>> class Distance(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean(ops.abs(y_pred - y_true), axis=-1)
    >>> float(Distance()([[0.0, 0.0]], [[1.0, 2.0]]))
    1.5
    """

    # Whether ``call`` itself makes use of the mask that rides on ``y_pred``.
    _reads_mask = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:
        if reduction not in _REDUCTIONS:
            raise ValueError(
                message("loss", f"reduction must be one of {_REDUCTIONS}", f"{reduction!r}")
            )
        self.name = name or auto_name(type(self).__name__)
        self.reduction = reduction
        self._dtype = None if dtype is None else dtype_policies.compute_dtype(dtype)

    @property
    def dtype(self) -> str:
        """The dtype that was asked for, else floatx."""
        return self._dtype or floatx()

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        mask = getattr(y_pred, "mask", None)
        y_pred = self._predictions(y_pred)
        y_true = self._targets(y_true)
        if mask is not None and self._reads_mask:
            y_pred.mask, mask = mask, None
        values = self.call(y_true, y_pred)
        own = getattr(values, "mask", None)
        if own is not None:
            mask = own if mask is None else Mask(mask.values & own.values)
        return reduce_weighted_values(values, sample_weight, mask, self.reduction)

    def _predictions(self, y_pred: Any) -> Any:
        return _map_arrays(self._to_float, y_pred)

    def _targets(self, y_true: Any) -> Any:
        # Labels stay integers here; the functions cast them to the dtype of y_pred if they must.
        return _map_arrays(_to_tensor, y_true)

    def _to_float(self, x: Any) -> Tensor:
        tensor = _to_tensor(x)
        wanted = self._dtype or (tensor.dtype if tensor.dtype in FLOATS else floatx())
        return tensor if tensor.dtype == wanted else ops.cast(tensor, wanted)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Values per sample [B, ...]; written by subclasses."""
        raise NotImplementedError(
            message("loss", f"{type(self).__name__} must write call(y_true, y_pred)")
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """The inverse of ``get_config``."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A loss made of a function ``fn(y_true, y_pred, **kwargs)``.

    ``mean`` gives the mean of all that ``fn`` returns in one operation, where there is one.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        mean: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs
        self._reads_mask = getattr(fn, "reads_mask", False)
        self._mean = mean if kwargs.get("axis", -1) == -1 else None

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        mean = self._mean if sample_weight is None and self._dtype is None else None
        if (
            mean is not None
            and type(y_pred) is Tensor
            and type(y_true) is Tensor
            and y_pred.mask is None
            and y_pred._value.size
            and self.reduction in ("sum_over_batch_size", "mean")
        ):
            y_true, y_pred = same_rank(y_true, y_pred)
            return mean(y_true, y_pred, **self._fn_kwargs)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The function's values, after ranks that differ by a last axis of 1 are made equal."""
        if not tree.is_nested(y_pred) and not tree.is_nested(y_true):
            y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), **self._fn_kwargs}


def _to_tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else convert_to_tensor(x)


def _map_arrays(function: Callable[[Any], Any], value: Any) -> Any:
    """Over the arrays of a structure; a list of numbers is one array."""
    leaves = tree.flatten(value)
    if isinstance(value, (list, tuple)) and not any(hasattr(leaf, "shape") for leaf in leaves):
        return function(value)
    return tree.map_structure(function, value)


def same_rank(a: Any, b: Any) -> tuple[Any, Any]:
    """Squeeze or expand the last axis where the ranks differ by one: (N,) against (N, 1)."""
    rank_a, rank_b = a.ndim, b.ndim
    if rank_a == rank_b:
        return a, b
    if rank_a == rank_b + 1 and a.shape[-1] == 1:
        if rank_b == 1:
            return a, ops.expand_dims(b, axis=-1)
        return ops.squeeze(a, axis=-1), b
    if rank_b == rank_a + 1 and b.shape[-1] == 1:
        if rank_a == 1:
            return ops.expand_dims(a, axis=-1), b
        return a, ops.squeeze(b, axis=-1)
    return a, b


def apply_mask(sample_weight: Any, mask: Any, dtype: str, reduction: str | None) -> Any:
    """The mask as a factor of the sample weights.

    For a mean a kept entry weighs total/kept, so that the mean is one over the kept entries.
    """
    if mask is None:
        return sample_weight
    values = mask if isinstance(mask, Mask) else Mask(mask)
    factor = ops.cast(convert_to_tensor(values.values), dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        kept = int(values.values.sum())
        factor = ops.multiply(factor, values.values.size / kept if kept else 0.0)
    if sample_weight is None:
        return factor
    factor, sample_weight = same_rank(factor, _weights(sample_weight, dtype))
    _check_weights(f"fit the mask {list(factor.shape)}", factor.shape, sample_weight.shape)
    return ops.multiply(sample_weight, factor)


def _weights(sample_weight: Any, dtype: str) -> Any:
    return ops.cast(convert_to_tensor(sample_weight), dtype)


def reduce_weighted_values(
    values: Any,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
) -> Any:
    """One number (or the values themselves) from values per entry, weights and mask."""
    values = values if isinstance(values, Tensor) else convert_to_tensor(values)
    weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if weight is not None:
        values, weight = same_rank(values, _weights(weight, values.dtype))
        _check_weights(f"fit the loss values {list(values.shape)}", values.shape, weight.shape)
        values = ops.multiply(values, weight)
    if reduction in (None, "none") or values.shape in ((), (0,)):
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and weight is not None:
        total = float(ops.sum(weight))
        return ops.multiply(ops.sum(values), 1.0 / total if total else 0.0)
    return ops.mean(values) if values.size else ops.sum(values)


def _check_weights(rule: str, values: tuple[int, ...], weight: tuple[int, ...]) -> None:
    """Weights of another length would broadcast silently."""
    for size, given in zip(reversed(values), reversed(weight), strict=False):
        if given not in (size, 1):
            raise ValueError(
                message(
                    "loss",
                    f"sample_weight must {rule}",
                    list(weight),
                    "one weight per sample is [B], or [B, 1] where every step has a value of its "
                    "own; one per sample and step [B, T]",
                )
            )
