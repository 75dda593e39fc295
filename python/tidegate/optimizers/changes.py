"""New values of variables, gathered first and written in one go."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from ..arrays import Array
from ..devices import array_module
from ..errors import message
from ..tensor import Variable

__all__ = ["Changes", "run_together"]

_CALL = partial.__call__


def run_together(*calls: partial[Any]) -> None:
    """Call functions of C one after the other, with no instruction of Python in between.

    Python runs signal handlers between two of its own instructions only, so Ctrl-C cannot separate
    these calls.
    """
    deque(map(_CALL, calls), maxlen=0)


class Changes:
    """What a step will write: reading gives the new values where there are some already.

    >>> v = Variable([1.0, 2.0])
    >>> changes = Changes()
    >>> changes[v] = changes[v] + 1
    >>> v.numpy(), changes[v]
    (array([1., 2.], dtype=float32), array([2., 3.], dtype=float32))
    >>> changes.commit()
    >>> v.numpy()
    array([2., 3.], dtype=float32)
    """

    def __init__(self) -> None:
        self._found: dict[int, tuple[Variable, Array]] = {}

    def __getitem__(self, variable: Variable) -> Array:
        entry = self._found.get(id(variable))
        return variable._value if entry is None else entry[1]

    def __setitem__(self, variable: Variable, values: Any) -> None:
        array = array_module().asarray(values, dtype=variable.dtype)
        if array.shape != variable.shape:
            raise ValueError(
                message(
                    "optimizer",
                    f"new values of {variable.path!r} must have shape {list(variable.shape)}",
                    list(array.shape),
                )
            )
        self._found[id(variable)] = (variable, array)

    def writable(self, variable: Variable) -> Array:
        """An array to write the new values into."""
        array = self[variable].copy()
        self._found[id(variable)] = (variable, array)
        return array

    def commit(self) -> None:
        """Write all of them; an interrupt comes before or after."""
        changed = list(self._found.values())
        # Bumped before as well: weights packed by another thread meanwhile are not kept.
        for variable, _ in changed:
            variable.version += 1
        try:
            run_together(
                *(
                    partial(variable._value.__setitem__, Ellipsis, values)
                    for variable, values in changed
                )
            )
        finally:
            for variable, _ in changed:
                variable.version += 1
