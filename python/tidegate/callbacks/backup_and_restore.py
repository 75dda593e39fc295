"""Go on after a training that was interrupted, as if it had not been."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import Any

from ..errors import message
from .callback import Callback

__all__ = ["BackupAndRestore"]

_NAME = "latest.safetensors"


class BackupAndRestore(Callback):
    """Keeps what training goes on from; a new ``fit`` with the same folder goes on from there.

    The final weights are those of a run that was never interrupted, bit by bit: weights, optimizer,
    states of stateful layers, generators of random numbers and the place in the data are kept.
    That holds for arrays and ``PyDataset``; a generator is asked again from its start. Metrics of
    the epoch that goes on count from there.

    Args:
        backup_dir: folder, of this training alone.
        save_freq: "epoch" or a number of batches.
        double_checkpoint: keep the backup before the last one, too.
        delete_checkpoint: delete the backup when training has ended.

    Raises:
        ValueError: no folder, an unknown save_freq, a backup of another model.

    >>> BackupAndRestore("backup").save_freq
    'epoch'
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError(message("BackupAndRestore", "backup_dir must be a folder", "''"))
        if save_freq != "epoch" and type(save_freq) is not int:
            raise ValueError(
                message("BackupAndRestore", 'save_freq must be "epoch" or an int', repr(save_freq))
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._path = os.path.join(self.backup_dir, _NAME)
        self._epoch = 0
        self._since = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Go on from the backup, if there is one."""
        from ..saving.safetensors import WeightsFileError

        if not os.path.exists(self._path):
            return
        try:
            self._load(self._path)
        except (OSError, WeightsFileError):
            if not os.path.exists(self._path + ".bkp"):
                raise
            self._load(self._path + ".bkp")

    def _load(self, path: str) -> None:
        from ..saving.training_state import load_training_state

        model = self.model
        model.optimizer.build(model.trainable_variables)
        epoch, batch, position = load_training_state(model, path)
        model.resume_training(epoch, batch, position)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save, if batches are counted."""
        if self.save_freq == "epoch":
            return
        self._since += 1
        if self._since >= int(self.save_freq):
            self._since = 0
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save, if epochs are counted."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def _save(self, epoch: int, batch: int) -> None:
        from ..saving.training_state import save_training_state

        model = self.model
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint and os.path.exists(self._path):
            shutil.copyfile(self._path, self._path + ".bkp")
        # A step that has not been made has left no optimizer to save.
        model.optimizer.build(model.trainable_variables)
        save_training_state(model, self._path, epoch, batch, model.training_position(batch > 0))

    def on_train_end(self, logs: Any = None) -> None:
        """Delete the backup."""
        if self.delete_checkpoint:
            for path in (self._path, self._path + ".bkp"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(path)
            with contextlib.suppress(OSError):
                os.rmdir(self.backup_dir)  # only where nothing else lies in it
