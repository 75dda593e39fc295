"""Stop at a loss that is no number."""

from __future__ import annotations

import math
from typing import Any

from ..errors import message
from .callback import Callback

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Stops training when the loss of a batch is NaN or infinite.

    Args:
        raise_error: raise RuntimeError with epoch and batch in place of stopping quietly.

    >>> TerminateOnNaN(raise_error=True).raise_error
    True
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch, for the message."""
        self._epoch = epoch

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                message(
                    "fit",
                    f"the loss is not finite in epoch {self._epoch + 1}, batch {batch + 1}",
                    f"loss {loss}",
                    "a smaller learning rate, clipnorm, or look for NaN in x and y",
                )
            )
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
