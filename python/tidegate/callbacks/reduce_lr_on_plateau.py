"""Smaller steps when a number no longer improves."""

from __future__ import annotations

from typing import Any

from ..errors import message
from .callback import Callback
from .monitor import Monitor

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by ``factor`` after ``patience`` epochs without improvement.

    Args:
        monitor: name in the logs.
        factor: below 1.
        patience: epochs without improvement.
        verbose: 1 prints each reduction.
        mode: "auto", "min" or "max".
        min_delta: what counts as an improvement.
        cooldown: epochs after a reduction in which nothing is counted.
        min_lr: lower bound of the rate.

    Raises:
        ValueError: factor not below 1.

    >>> ReduceLROnPlateau(factor=0.5).factor
    0.5
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if kwargs:
            raise ValueError(message("ReduceLROnPlateau", "unknown arguments", ", ".join(kwargs)))
        if factor >= 1.0:
            raise ValueError(message("ReduceLROnPlateau", "factor must be below 1.0", factor))
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.mode = mode
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.wait = 0
        self.cooldown_counter = 0
        self.best: float | None = None
        self._monitor = Monitor("ReduceLROnPlateau", monitor, mode)

    def on_train_begin(self, logs: Any = None) -> None:
        """Start anew."""
        self.wait = 0
        self.cooldown_counter = 0
        self.best = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare, and reduce the rate if it is time."""
        self._monitor.resolve(self.model)
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        current = self._monitor.read(logs)
        if current is None:
            return
        if self.best is None:
            self.best = self._monitor.worst
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._monitor.better(current, self.best, self.min_delta):
            self.best = current
            self.wait = 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = float(self.model.optimizer.learning_rate)
        if old <= self.min_lr:
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0
