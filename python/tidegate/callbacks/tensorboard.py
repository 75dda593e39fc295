"""Logs that TensorBoard shows."""

from __future__ import annotations

import os
import time
from typing import Any

from ..errors import message, not_offered
from .callback import Callback
from .event_file import EventFile

__all__ = ["TensorBoard"]


class TensorBoard(Callback):
    """Writes losses and metrics, and histograms of weights, for ``tensorboard --logdir logs``.

    Args:
        log_dir: folder; "train" and "validation" are made in it.
        histogram_freq: histograms of all weights every so many epochs; 0: none.
        write_graph: accepted, no graph is written.
        write_steps_per_second: how fast training goes.
        update_freq: "epoch", "batch", or a number of batches between two records.
        write_images, embeddings_freq: not offered.
        profile_batch: must be 0.

    Raises:
        ValueError: profile_batch not 0, as with Keras' backends without a profiler.

    >>> TensorBoard().log_dir
    'logs'
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        if profile_batch:
            raise ValueError(message("TensorBoard", "profile_batch must be 0", profile_batch))
        if write_images or embeddings_freq:
            raise not_offered("TensorBoard", "write_images and embeddings_freq")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._train_batch = 0
        self._since = (0.0, 0)
        self._make_files()

    def _make_files(self) -> None:
        self._train = EventFile(os.path.join(self.log_dir, "train"))
        self._validation = EventFile(os.path.join(self.log_dir, "validation"))

    def set_model(self, model: Any) -> None:
        """New files for a new training."""
        super().set_model(model)
        self._make_files()

    def on_train_begin(self, logs: Any = None) -> None:
        """Count batches from 0."""
        self._train_batch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Look at the clock."""
        self._since = (time.perf_counter(), self._train_batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Results so far in this epoch, if batches are logged."""
        self._train_batch += 1
        if self.update_freq == "epoch" or self._train_batch % int(self.update_freq):
            return
        for name, value in (logs or {}).items():
            self._train.scalar(f"batch_{name}", value, self._train_batch)
        if self.write_steps_per_second:
            self._train.scalar("batch_steps_per_second", self._speed(), self._train_batch)

    def _speed(self) -> float:
        start, batch = self._since
        return (self._train_batch - batch) / max(time.perf_counter() - start, 1e-9)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Results of the epoch and the learning rate; those of validation into a file of their own.

        TensorBoard shows both under one name.
        """
        logs = dict(logs or {})
        found = {name: logs[name] for name in logs if not name.startswith("val_")}
        found.update(self._rates())
        if self.write_steps_per_second:
            found["steps_per_second"] = self._speed()
        for name, value in found.items():
            self._train.scalar(f"epoch_{name}", value, epoch)
        for name, value in logs.items():
            if name.startswith("val_"):
                self._validation.scalar(f"epoch_{name[4:]}", value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model.weights:
                self._train.histogram(f"{weight.path}/histogram", weight.numpy(), epoch)
        self._train.flush()
        self._validation.flush()

    def _rates(self) -> dict[str, float]:
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if hasattr(optimizer, "optimizers"):
            return {f"learning_rate_{o.name}": float(o.learning_rate) for o in optimizer.optimizers}
        return {"learning_rate": float(optimizer.learning_rate)}

    def on_test_end(self, logs: Any = None) -> None:
        """Results of ``evaluate``, over the steps of the optimizer."""
        if self.model.optimizer is not None:
            step = int(self.model.optimizer.iterations)
            for name, value in (logs or {}).items():
                self._validation.scalar(f"evaluation_{name}_vs_iterations", value, step)
            self._validation.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the files."""
        self._train.close()
        self._validation.close()
