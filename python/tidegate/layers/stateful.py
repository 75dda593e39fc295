"""What one thread at a time may use (stateful layers, a model that is trained), and states that
change at the end of a step.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any

from ..errors import message
from ..scopes import STATE
from ..tensor import Variable

__all__ = ["claim", "commit", "exclusive_use", "keep", "latest", "release", "step"]


class _Step(threading.local):
    pending: list[tuple[Variable, Any]] | None = None


_STEP = _Step()
_lock = threading.Lock()
_STATEFUL = "a stateful layer has one user at a time"


def claim(layer: Any, rule: str = _STATEFUL) -> bool:
    """Take the layer (or model) for this thread; True if it was free.

    Raises:
        RuntimeError: another thread has it.
    """
    # With the process: a child of a fork has none of the threads that used it.
    me = (os.getpid(), threading.get_ident())
    with _lock:
        owner = layer.__dict__.get("_owner")
        if owner is None or owner[0] != me[0]:
            layer._owner = me
            return True
    if owner != me:
        raise RuntimeError(
            message(
                layer.name,
                rule,
                "a call while another thread runs it",
                "one model per thread: set_weights(model.get_weights())",
            )
        )
    return False


def release(layer: Any) -> None:
    """Give the layer back."""
    layer._owner = None


def keep(variables: Iterable[Variable], values: Iterable[Any]) -> None:
    """Store new states: at the end of the step if one runs, at once otherwise; none in a trace."""
    if STATE.tracing is not None:
        return
    pairs = list(zip(variables, values, strict=True))
    if _STEP.pending is not None:
        _STEP.pending.extend(pairs)
    else:
        commit(pairs)


def latest(variable: Variable) -> Any:
    """The values that ``keep`` stored last for a variable, committed or not, as an array."""
    for other, value in reversed(_STEP.pending or ()):
        if other is variable:
            return value._value
    return variable.value


def commit(pairs: Iterable[tuple[Variable, Any]]) -> None:
    """Assign."""
    for variable, value in pairs:
        variable.assign(value._value)


class step:  # noqa: N801 - a scope, used like a function
    """Within it states are gathered; they are stored when it ends without an error."""

    def __enter__(self) -> None:
        _STEP.pending = []

    def __exit__(self, kind: Any, *error: object) -> None:
        pending, _STEP.pending = _STEP.pending, None
        if kind is None:
            commit(pending or ())


class exclusive_use:  # noqa: N801 - a scope, used like a function
    """Within it the layers belong to this thread, and so does the model that is trained."""

    def __init__(self, layers: Iterable[Any], trained: Any = None) -> None:
        self._layers = list(layers)
        self._trained = trained
        self._taken: list[Any] = []

    def __enter__(self) -> None:
        try:
            if self._trained is not None and claim(self._trained, "one thread trains a model"):
                self._taken.append(self._trained)
            for layer in self._layers:
                if claim(layer):
                    self._taken.append(layer)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *error: object) -> None:
        while self._taken:
            release(self._taken.pop())
