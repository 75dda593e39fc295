"""Cross-entropies that weigh the samples by how well they are known already."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..config import epsilon
from ..errors import message
from ..tensor import Tensor
from .loss import LossFunctionWrapper
from .pairs import as_tensor, check_shapes, like

__all__ = [
    "BinaryFocalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
]


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """The mean over ``axis`` of binary cross-entropy times ``(1 - p_t) ** gamma``.

    p_t is the probability given to the label; ``apply_class_balancing`` weighs label 1 by alpha and
    label 0 by ``1 - alpha``.

    Source: Lin et al., "Focal loss for dense object detection", 2018.

    >>> binary_focal_crossentropy([[1.0]], [[0.5]]).numpy().round(4)
    array([0.1733], dtype=float32)
    """
    y_pred = as_tensor(y_pred)
    y_true = like(y_true, y_pred)
    check_shapes("binary_focal_crossentropy", y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    found = y_true * y_pred + (1 - y_true) * (1 - y_pred)
    values = ops.power(1.0 - found, gamma) * ops.binary_crossentropy(y_true, y_pred)
    if apply_class_balancing:
        values = (y_true * alpha + (1 - y_true) * (1 - alpha)) * values
    return ops.mean(values, axis=axis)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Tensor:
    """``-sum(alpha * (1 - p) ** gamma * y * log(p), axis)`` of one-hot labels.

    Source: Lin et al., "Focal loss for dense object detection", 2018.

    >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.0433], dtype=float32)
    """
    if isinstance(axis, bool):
        raise ValueError(message("categorical_focal_crossentropy", "axis must be an int", axis))
    y_pred = as_tensor(y_pred)
    y_true = like(y_true, y_pred)
    check_shapes("categorical_focal_crossentropy", y_true, y_pred)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true.shape[-1]
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    p = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    p = ops.clip(p, epsilon(), 1.0 - epsilon())
    factor = ops.power(1.0 - p, gamma) * alpha
    return ops.sum(factor * -y_true * ops.log(p), axis=axis)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Tensor:
    """``(1 - p ** q) / q`` with p the probability of the label's class: [B], [B, C] -> [B].

    Between cross-entropy (q near 0) and the absolute error (q 1): it stands wrong labels.

    Source: Zhang, Sabuncu, "Generalized cross entropy loss for training deep neural networks with
    noisy labels", 2018.

    >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], 0.5).numpy()
    array([1.], dtype=float32)
    """
    y_pred = as_tensor(y_pred)
    chosen = ops.one_hot(ops.cast(as_tensor(y_true), "int32"), y_pred.shape[-1])
    p = ops.sum(y_pred * ops.cast(chosen, y_pred.dtype), axis=-1)
    return (1 - ops.power(p, q)) / q


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary cross-entropy with little weight on what is known already.

    >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
    0.1733
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Cross-entropy with little weight on what is known already.

    >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Cross-entropy that stands wrong labels.

    >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
    1.0
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        if not 0 < q < 1:
            raise ValueError(
                message("CategoricalGeneralizedCrossEntropy", "q must be in (0, 1)", q)
            )
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
