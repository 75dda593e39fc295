"""The base of all callbacks."""

from __future__ import annotations

from typing import Any

__all__ = ["Callback"]

Logs = dict[str, Any] | None


class Callback:
    """Is called at the begin and end of training, epochs, batches, evaluation and prediction.

    Subclasses overwrite the methods that they need. ``self.model`` is the model,
    ``self.params`` holds "verbose", "epochs" and "steps"; ``self.model.stop_training = True``
    ends ``fit`` after the present batch.

    >>> class Printer(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, logs["loss"])
    """

    params: dict[str, Any] | None = None

    def __init__(self) -> None:
        self.params = None
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model that is trained."""
        return getattr(self, "_model", None)

    def set_params(self, params: dict[str, Any]) -> None:
        """Called by ``fit`` before it starts."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called by ``fit`` before it starts."""
        self._model = model

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Older name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Older name of ``on_train_batch_end``."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch of ``fit``."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch of ``fit``, with the training and validation results."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of ``fit``."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of ``fit``, with the results so far in this epoch."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of ``evaluate``."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of ``evaluate``."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of ``predict``."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of ``predict``; ``logs["outputs"]`` holds its result."""

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before ``evaluate``."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After ``evaluate``."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before ``predict``."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After ``predict``."""
