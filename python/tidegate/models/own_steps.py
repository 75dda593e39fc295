"""Steps that a subclass writes itself: what they are given, what is made of their results."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

from ..tensor import Tensor, convert_to_tensor
from ..utils.batches import pack_x_y_sample_weight

__all__ = ["OwnSteps", "own_steps", "packed", "plain_logs"]


class OwnSteps(NamedTuple):
    """Which steps, losses and metrics a class replaces; looked up once, not in every step."""

    trains_itself: bool
    tests_itself: bool
    computes_loss: bool
    loss_takes_training: bool
    lists_metrics: bool


def own_steps(cls: type, base: type) -> OwnSteps:
    """What ``cls`` replaces of ``base``."""
    parameters = inspect.signature(cls.compute_loss).parameters  # type: ignore[attr-defined]
    open_ = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    return OwnSteps(
        cls.train_step is not base.train_step,  # type: ignore[attr-defined]
        cls.test_step is not base.test_step,  # type: ignore[attr-defined]
        cls.compute_loss is not base.compute_loss,  # type: ignore[attr-defined]
        "training" in parameters or open_,
        cls.metrics is not base.metrics,  # type: ignore[attr-defined]
    )


def packed(batch: tuple[Any, Any, Any]) -> Any:
    """A batch as Keras hands it to ``train_step``: x, (x, y) or (x, y, sample_weight)."""
    x, y, sample_weight = batch
    if sample_weight is not None:
        sample_weight = convert_to_tensor(sample_weight)
    return pack_x_y_sample_weight(x, y, sample_weight)


def plain_logs(logs: Any) -> dict[str, float]:
    """Results as Python floats, those of several metrics together taken apart.

    >>> plain_logs({"loss": convert_to_tensor(1.0), "compile_metrics": {"mae": 2.0}})
    {'loss': 1.0, 'mae': 2.0}
    """
    plain: dict[str, float] = {}
    for name, value in (logs or {}).items():
        if isinstance(value, dict):
            plain.update(plain_logs(value))
        else:
            plain[name] = float(value.numpy() if isinstance(value, Tensor) else value)
    return plain
