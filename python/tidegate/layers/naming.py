"""The path of names under which the variables of a layer are made: ``lstm/lstm_cell/kernel``."""

from __future__ import annotations

import threading
from typing import Any

__all__ = ["PATH", "path_scope"]


class _Path(threading.local):
    owners: tuple[Any, ...] = ()


PATH = _Path()


class path_scope:  # noqa: N801 - a scope, used like a function
    """Within it, this thread makes variables under the name of ``owner``.

    A layer that is entered again inside itself (its build runs its call) counts once.
    """

    __slots__ = ("_before", "_owner")

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._before: tuple[Any, ...] = ()

    def __enter__(self) -> str:
        before = self._before = PATH.owners
        if not before or before[-1] is not self._owner:
            PATH.owners = (*before, self._owner)
        return "/".join(owner.name for owner in PATH.owners)

    def __exit__(self, *error: object) -> None:
        PATH.owners = self._before
