"""The progress bar of ``fit``, ``evaluate`` and ``predict``."""

from __future__ import annotations

import time
from typing import Any

from ..utils.progbar import Progbar
from .callback import Callback

__all__ = ["ProgbarLogger"]


class ProgbarLogger(Callback):
    """Shows progress on standard output, as ``verbose`` says: 1 a bar, 2 one line per epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.progbar: Progbar | None = None
        self.target: int | None = None
        self.verbose = 1
        self.epochs = 1
        self._called_in_fit = False
        self._next = 0.0

    def set_params(self, params: dict[str, Any]) -> None:
        """Takes verbose, epochs and the number of steps."""
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else verbose
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps")

    def on_train_begin(self, logs: Any = None) -> None:
        """Validation inside ``fit`` shows no bar of its own."""
        self._called_in_fit = True

    def on_train_end(self, logs: Any = None) -> None:
        """Later ``evaluate`` calls show a bar again."""
        self._called_in_fit = False

    def on_test_begin(self, logs: Any = None) -> None:
        """A new bar, unless inside ``fit``."""
        if not self._called_in_fit:
            self._reset()

    def on_predict_begin(self, logs: Any = None) -> None:
        """A new bar."""
        self._reset()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """A new bar, under the number of the epoch."""
        self._reset()
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """One step further."""
        self._update(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """One step further, unless inside ``fit``."""
        if not self._called_in_fit:
            self._update(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """One step further."""
        self._update(batch, None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The last line, validation included."""
        self._finish(logs)

    def on_test_end(self, logs: Any = None) -> None:
        """The last line, unless inside ``fit``."""
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_end(self, logs: Any = None) -> None:
        """The last line."""
        self._finish(None)

    def _reset(self) -> None:
        self.seen = 0
        self.progbar = Progbar(
            target=self.target, verbose=self.verbose, unit_name="step", stateful_metrics=()
        )
        self.progbar.stateless_metrics = set()
        self.progbar.stateful_metrics = None
        self._next = 0.0

    def _update(self, batch: int, logs: Any) -> None:
        self.seen = batch + 1
        if self.verbose != 1 or self.progbar is None:
            return
        # Formatting costs more than a small step: the bar looks at the clock first.
        now = time.monotonic()
        if now < self._next and self.seen != 1:
            return
        self._next = now + self.progbar.interval
        self.progbar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs: Any) -> None:
        if self.progbar is None:
            return
        if self.target is None:
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
