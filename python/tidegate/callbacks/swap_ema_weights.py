"""Evaluate with the running averages of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import message
from ..optimizers.changes import Changes
from .callback import Callback

__all__ = ["SwapEMAWeights"]


class SwapEMAWeights(Callback):
    """Puts the averages of an optimizer with ``use_ema=True`` in place of the weights.

    ``evaluate`` and ``predict`` run with the averages, and the weights come back after them. With
    ``swap_on_epoch`` the averages are in the model from the end of an epoch to the begin of the
    next, so that ``ModelCheckpoint`` saves them.

    Raises:
        ValueError: an optimizer without averages.

    >>> SwapEMAWeights().swap_on_epoch
    False
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _optimizers(self) -> Iterator[Any]:
        outer = self.model.optimizer
        outer = getattr(outer, "inner_optimizer", outer)
        found = [o for o in getattr(outer, "optimizers", [outer]) if o.use_ema]
        if not found:
            raise ValueError(
                message("SwapEMAWeights", "the optimizer must have use_ema=True", "use_ema=False")
            )
        yield from found

    def _swap(self, swapped: bool) -> None:
        if swapped == self._swapped:
            return
        changes = Changes()
        for optimizer in self._optimizers():
            for variable, average in optimizer.averages():
                changes[variable] = average._value.copy()
                changes[average] = variable._value.copy()
        changes.commit()
        self._swapped = swapped

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """The weights come back."""
        if self.swap_on_epoch:
            self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The averages go in."""
        if not self.swap_on_epoch:
            return
        self._swap(True)
        if epoch == (self.params or {}).get("epochs", 0) - 1:
            # fit ends with the averages in place of the weights: both must be those.
            changes = Changes()
            for optimizer in self._optimizers():
                for variable, average in optimizer.averages():
                    changes[average] = variable._value.copy()
            changes.commit()

    def on_test_begin(self, logs: Any = None) -> None:
        """The averages go in."""
        self._swap(True)

    def on_test_end(self, logs: Any = None) -> None:
        """The weights come back."""
        self._swap(False)

    def on_predict_begin(self, logs: Any = None) -> None:
        """The averages go in."""
        self._swap(True)

    def on_predict_end(self, logs: Any = None) -> None:
        """The weights come back."""
        self._swap(False)
