"""Save the model, or its weights, while training."""

from __future__ import annotations

import os
from typing import Any

from ..errors import message
from .callback import Callback
from .monitor import Monitor

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Callback):
    """Saves the model at the end of epochs, or every so many batches.

    Args:
        filepath: must end in ".keras", for weights in ".weights.h5" or ".safetensors";
            "{epoch:02d}" and names of the logs are filled in.
        monitor: name in the logs, for ``save_best_only``.
        verbose: 1 prints each save.
        save_best_only: only when ``monitor`` improves.
        save_weights_only: save with ``save_weights`` in place of ``save``.
        mode: "auto", "min" or "max".
        save_freq: "epoch" or a number of batches.
        initial_value_threshold: only better values than this are saved.

    Raises:
        ValueError: a path that does not fit, an unknown save_freq.

    >>> ModelCheckpoint("m-{epoch:02d}.keras").save_freq
    'epoch'
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__()
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise ValueError(
                message("ModelCheckpoint", 'save_freq must be "epoch" or an int', repr(save_freq))
            )
        self.filepath = os.fspath(filepath)
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._monitor = Monitor("ModelCheckpoint", monitor, mode)
        self._current_epoch = 0
        self._batches = 0
        _check_suffix(self.filepath, save_weights_only)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch, for the file's name."""
        self._current_epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save, if batches are counted."""
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches % int(self.save_freq) == 0:
            self._save(self._current_epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save, if epochs are counted."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Any) -> None:
        logs = logs or {}
        path = self._path(epoch, batch, logs)
        reason = f"saving model to {path}"
        if self.save_best_only:
            self._monitor.resolve(self.model)
            current = self._monitor.read(logs)
            if current is None:
                return
            best = self._monitor.worst if self.best is None else self.best
            if not self._monitor.better(current, best):
                self._say(epoch, f"{self.monitor} did not improve from {best:.5f}")
                return
            reason = f"{self.monitor} improved from {best:.5f} to {current:.5f}, {reason}"
            self.best = current
        self._say(epoch, reason)
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        names = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **logs}
        try:
            return self.filepath.format(**names)
        except KeyError as error:
            raise KeyError(
                message(
                    "ModelCheckpoint",
                    f"the names in {self.filepath!r} must be in the logs",
                    f"{error}; there are {sorted(names)}",
                )
            ) from None

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: {text}")


def _check_suffix(filepath: str, weights_only: bool) -> None:
    from ..saving.model_file import check_model_suffix
    from ..saving.weights import check_suffix

    if weights_only:
        check_suffix("ModelCheckpoint", filepath)
    else:
        check_model_suffix("ModelCheckpoint", filepath)
