"""A learning rate for each epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import message
from .callback import Callback

__all__ = ["LearningRateScheduler"]


class LearningRateScheduler(Callback):
    """Sets the rate at the begin of each epoch to ``schedule(epoch, lr)`` (or ``schedule(epoch)``).

    Raises:
        ValueError: the schedule gives no float, the optimizer has no rate to set.

    >>> LearningRateScheduler(lambda epoch, lr: lr * 0.9).verbose
    0
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose
        try:
            self._arguments = len(inspect.signature(schedule).parameters)
        except (TypeError, ValueError):
            self._arguments = 2

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the rate."""
        optimizer = self.model.optimizer
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError(
                message("LearningRateScheduler", "the optimizer must have a learning_rate")
            )
        rate = float(optimizer.learning_rate)
        new = self.schedule(epoch, rate) if self._arguments > 1 else self.schedule(epoch)
        if not hasattr(new, "__float__"):
            raise ValueError(
                message("LearningRateScheduler", "schedule must return a float", repr(new))
            )
        optimizer.learning_rate = float(new)
        if self.verbose > 0:
            print(
                f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(new)}."
            )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Put the rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
