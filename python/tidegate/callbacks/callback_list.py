"""All callbacks of one run, called one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..errors import message
from .callback import Callback
from .history import History
from .progbar_logger import ProgbarLogger

__all__ = ["CallbackList"]

_HOOKS = tuple(
    name for name in vars(Callback) if name.startswith("on_") and not name.startswith("on_batch")
)
_BATCH_ALIASES = {
    "on_train_batch_begin": "on_batch_begin",
    "on_train_batch_end": "on_batch_end",
}


class CallbackList:
    """Calls each callback's hook in the order given; History and progress bar come first.

    Only hooks that somebody wrote are called: an empty hook costs nothing per batch.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        given: Iterable[Any]
        if callbacks is None:
            given = []
        else:
            given = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
        self.callbacks: list[Any] = list(given)
        for callback in self.callbacks:
            if isinstance(callback, type) or not hasattr(callback, "on_epoch_end"):
                raise TypeError(
                    message(
                        "callbacks",
                        "a callback must be a tidegate.callbacks.Callback",
                        repr(callback),
                        "is it a class in place of an instance?",
                    )
                )
        self._add_default(ProgbarLogger, add_progbar)
        self._add_default(History, add_history)
        self.params = params
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)
        self._hooks = {name: self._written(name) for name in _HOOKS}

    def _add_default(self, kind: type[Callback], wanted: bool) -> None:
        found = next((c for c in self.callbacks if isinstance(c, kind)), None)
        if found is None and wanted:
            found = kind()
            self.callbacks.append(found)
        if kind is History:
            self._history = found

    def _written(self, name: str) -> list[Callable[..., None]]:
        alias = _BATCH_ALIASES.get(name)
        found = []
        for callback in self.callbacks:
            own = getattr(type(callback), name, None)
            same = own is getattr(Callback, name)
            if same and alias is not None:
                same = getattr(type(callback), alias) is getattr(Callback, alias)
            if own is not None and (not same or name in vars(callback)):
                found.append(getattr(callback, name))
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    def append(self, callback: Callback) -> None:
        """Add a callback at the end."""
        self.callbacks.append(callback)
        self._hooks = {name: self._written(name) for name in _HOOKS}

    def set_params(self, params: dict[str, Any]) -> None:
        """Hand ``params`` to all."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Hand the model to all; it gets the history."""
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def hooks(self, name: str) -> list[Callable[..., None]]:
        """The methods behind one hook, for loops that call them often."""
        return self._hooks[name]

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in _HOOKS:
            raise AttributeError(f"CallbackList has no attribute {name!r}")
        hooks = self._hooks[name]

        def call(*args: Any, logs: Any = None) -> None:
            if len(args) == (1 if "epoch" in name or "batch" in name else 0):
                args = (*args, {} if logs is None else logs)
            for hook in hooks:
                hook(*args)

        return call
