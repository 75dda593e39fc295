"""The path of names under which the variables of a layer are made: ``lstm/lstm_cell/kernel``."""

from __future__ import annotations

import threading

__all__ = ["PATH", "path_scope"]


class _Path(threading.local):
    parts: tuple[str, ...] = ()
    tracing = False  # inside the symbolic call of a layer: calls within are not the user's graph


PATH = _Path()


class path_scope:  # noqa: N801 - a scope, used like a function
    """Within it, this thread makes variables under ``name``."""

    __slots__ = ("_before", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._before: tuple[str, ...] = ()

    def __enter__(self) -> str:
        self._before = PATH.parts
        PATH.parts = (*self._before, self._name)
        return "/".join(PATH.parts)

    def __exit__(self, *error: object) -> None:
        PATH.parts = self._before
