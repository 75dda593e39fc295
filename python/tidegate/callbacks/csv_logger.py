"""One line per epoch in a file."""

from __future__ import annotations

import csv
import os
from typing import IO, Any

from .callback import Callback

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Writes epoch and results to a CSV file, a line as soon as an epoch is done.

    Args:
        filename: path.
        separator: between values.
        append: continue the file in place of starting it anew.

    >>> CSVLogger("log.csv", separator=";").sep
    ';'
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self._file: IO[str] | None = None
        self._has_header = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Open the file."""
        self._has_header = (
            self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        )
        self.keys = None
        mode = "a" if self.append else "w"
        self._file = open(self.filename, mode, newline="", encoding="utf-8")  # noqa: SIM115

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write one line."""
        logs = logs or {}
        if self._file is None:
            return
        if self.keys is None:
            self.keys = sorted(logs)
            # As Keras: validation may run less often than every epoch, so its columns are there.
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        writer = csv.writer(self._file, delimiter=self.sep)
        if not self._has_header:
            writer.writerow(["epoch", *self.keys])
            self._has_header = True
        writer.writerow([epoch, *(logs.get(key, "NA") for key in self.keys)])
        self._file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
