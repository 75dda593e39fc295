"""Cross-entropies: one value per row, with probabilities or with logits.

Probabilities are clipped to [epsilon, 1 - epsilon] (`config.epsilon()`), as in Keras; the gradient
of what was clipped is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.config import epsilon
from tidegate.devices import kernels
from tidegate.errors import message
from tidegate.ops.activation import sigmoid_values
from tidegate.ops.layout import compact, rows
from tidegate.ops.math import cast
from tidegate.ops.op import Array, Context, Op, Shape, Spec, axis_of
from tidegate.ops.shape import moveaxis, ndim, shape, squeeze
from tidegate.tensor import convert_to_tensor, is_tensor


def _check_same(op: str, target: Shape, output: Shape) -> None:
    if len(target) != len(output) or any(
        a != b and None not in (a, b) for a, b in zip(target, output)
    ):
        raise ValueError(
            message(
                op,
                "target and output must have the same shape",
                f"target {list(target)}, output {list(output)}",
            )
        )


def _rows_of(dy: Array) -> Array:
    return np.expand_dims(dy, -1)


class _Categorical(Op):
    """Probabilities in both, along the last axis: normalised, clipped, -sum(target log p)."""

    name = "categorical_crossentropy"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(ctx: Context | None, target: Array, output: Array) -> Array:
        _check_same("categorical_crossentropy", target.shape, output.shape)
        low = output.dtype.type(epsilon())
        total = np.sum(output, axis=-1, keepdims=True)
        raw = output / total
        p = np.clip(raw, low, 1 - low)
        log_p = np.log(p)
        if ctx is not None:
            ctx.saved = (target, raw, p, total, log_p)
        return -np.sum(target * log_p, axis=-1)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array | None]:
        target, raw, p, total, log_p = ctx.saved
        factor = _rows_of(dy)
        dtarget = -log_p * factor if ctx.needs[0] else None
        if not ctx.needs[1]:
            return dtarget, None
        dp = np.where(raw == p, -target / p, 0).astype(p.dtype) * factor
        return dtarget, (dp - np.sum(dp * raw, axis=-1, keepdims=True)) / total

    @staticmethod
    def shape(target: Spec, output: Spec) -> Spec:
        _check_same("categorical_crossentropy", target.shape, output.shape)
        return Spec(output.shape[:-1], output.dtype)


class _SparseCategorical(Op):
    """As `_Categorical` with the whole target on one class; only that class is touched."""

    name = "sparse_categorical_crossentropy"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(ctx: Context | None, target: Array, output: Array) -> Array:
        _check_same("sparse_categorical_crossentropy", target.shape, output.shape[:-1])
        _check_labels(target, output.shape[-1])
        low = output.dtype.type(epsilon())
        total = np.sum(output, axis=-1)
        chosen = np.take_along_axis(output, target[..., None].astype(np.intp), axis=-1)[..., 0]
        raw = chosen / total
        p = np.clip(raw, low, 1 - low)
        if ctx is not None:
            ctx.saved = (target, raw, p, total, output.shape)
        return -np.log(p)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[None, Array]:
        target, raw, p, total, full_shape = ctx.saved
        dp = np.where(raw == p, -dy / p, 0).astype(p.dtype)
        dx = np.zeros(full_shape, p.dtype)
        np.put_along_axis(dx, target[..., None].astype(np.intp), (dp / total)[..., None], axis=-1)
        return None, dx - (dp * raw / total)[..., None]

    @staticmethod
    def shape(target: Spec, output: Spec) -> Spec:
        _check_same("sparse_categorical_crossentropy", target.shape, output.shape[:-1])
        return Spec(output.shape[:-1], output.dtype)


def _check_labels(target: Array, classes: int) -> None:
    wrong = np.flatnonzero((target < 0) | (target >= classes))
    if wrong.size:
        raise IndexError(
            message(
                "sparse_categorical_crossentropy",
                f"labels must lie in [0, {classes})",
                f"{target.reshape(-1)[wrong[0]]} at position {wrong[0]}",
                "are the classes numbered from 0, and is the last layer wide enough?",
            )
        )


class _FromLogits(Op):
    """softmax and cross-entropy of the last axis in one kernel; labels or probabilities."""

    name = "softmax_cross_entropy"
    compiled = True

    @staticmethod
    def forward(ctx: Context | None, target: Array, logits: Array) -> Array:
        lead = logits.shape[:-1]
        sparse = target.dtype.kind in "iu"
        if sparse:
            _check_labels(target, logits.shape[-1])
            truth = compact(target).reshape(-1).astype(np.int32, copy=False)
        else:
            truth = rows(target)
        need = ctx is not None and ctx.needs[1]
        loss, dlogits = kernels().softmax_cross_entropy(rows(logits), truth, need)
        if ctx is not None:
            ctx.saved = (dlogits, logits if ctx.needs[0] else None)
        return loss.reshape(lead)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array | None]:
        dlogits, logits = ctx.saved
        dtarget = None
        if ctx.needs[0]:
            shifted = logits - np.max(logits, axis=-1, keepdims=True)
            log_p = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
            dtarget = -log_p * _rows_of(dy)
        if not ctx.needs[1]:
            return dtarget, None
        return dtarget, dlogits.reshape(*dy.shape, dlogits.shape[-1]) * _rows_of(dy)

    @staticmethod
    def shape(target: Spec, logits: Spec) -> Spec:
        return Spec(logits.shape[:-1], logits.dtype)


def binary_values(
    ctx: Context | None, target: Array, output: Array, from_logits: bool = False
) -> Array:
    """The values of `binary_crossentropy`."""
    _check_same("binary_crossentropy", target.shape, output.shape)
    if from_logits:
        if ctx is not None:
            ctx.saved = (target, output, None)
        return np.maximum(output, 0) - output * target + np.log1p(np.exp(-np.abs(output)))
    low = output.dtype.type(epsilon())
    p = np.minimum(np.maximum(output, low), 1 - low)  # np.clip, without its preliminaries
    if ctx is not None:
        ctx.saved = (target, output, p)
    return -(target * np.log(p) + (1 - target) * np.log(1 - p))


def binary_slopes(ctx: Context, dy: Array) -> tuple[Array | None, Array]:
    """Their gradients, times dy."""
    target, output, p = ctx.saved
    if p is None:
        dtarget = -output * dy if ctx.needs[0] else None
        return dtarget, (sigmoid_values(output) - target) * dy
    dtarget = (np.log(1 - p) - np.log(p)) * dy if ctx.needs[0] else None
    dp = (p - target) / (p * (1 - p)) * dy
    return dtarget, np.where(output == p, dp, 0).astype(p.dtype, copy=False)


class _Binary(Op):
    """-t log(p) - (1 - t) log(1 - p) of each element."""

    name = "binary_crossentropy"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(ctx: Context | None, target: Array, output: Array, from_logits: bool) -> Array:
        return binary_values(ctx, target, output, from_logits)

    @staticmethod
    def vjp(ctx: Context, dy: Array) -> tuple[Array | None, Array]:
        return binary_slopes(ctx, dy)

    @staticmethod
    def shape(target: Spec, output: Spec, from_logits: bool) -> Spec:
        _check_same("binary_crossentropy", target.shape, output.shape)
        return output


_categorical = _Categorical()
_sparse_categorical = _SparseCategorical()
_from_logits = _FromLogits()
_binary = _Binary()


def _as_target(target: Any, output: Any) -> tuple[Any, Any]:
    """Both as tensors, the target in the dtype of the output."""
    output = output if is_tensor(output) else convert_to_tensor(output)
    return cast(target, output.dtype), output


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-sum(target * log(p)) over the class axis.

    Args:
        target: probabilities, the shape of `output`
        output: probabilities, or logits if `from_logits`
        axis: the class axis

    Returns:
        The shape of `output` without the class axis.

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    target, output = _as_target(target, output)
    _check_same("categorical_crossentropy", shape(target), shape(output))
    if axis_of("categorical_crossentropy", axis, ndim(output)) != ndim(output) - 1:
        target, output = moveaxis(target, axis, -1), moveaxis(output, axis, -1)
    return _from_logits(target, output) if from_logits else _categorical(target, output)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log(p of the true class), the class given as a number.

    Args:
        target: integers, the shape of `output` without the class axis, or with a last axis of 1
        output: probabilities, or logits if `from_logits`
        axis: the class axis

    Raises:
        IndexError: a label that is not a class.

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    output = output if is_tensor(output) else convert_to_tensor(output)
    if axis_of("sparse_categorical_crossentropy", axis, ndim(output)) != ndim(output) - 1:
        output = moveaxis(output, axis, -1)
    target = cast(target, "int32")
    if ndim(target) == ndim(output) and shape(target)[-1] == 1:
        target = squeeze(target, -1)
    _check_same("sparse_categorical_crossentropy", shape(target), shape(output)[:-1])
    if from_logits:
        return _from_logits(target, output)
    return _sparse_categorical(target, output)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-(t log(p) + (1 - t) log(1 - p)) of each element.

    Args:
        target: the shape of `output`, numbers from 0 to 1
        output: probabilities, or logits if `from_logits`

    >>> binary_crossentropy([1.0], [0.5]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    target, output = _as_target(target, output)
    return _binary(target, output, from_logits=bool(from_logits))
