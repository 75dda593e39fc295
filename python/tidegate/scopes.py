"""What is true for the current thread only: its tapes and its training flag."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidegate.autodiff import GradientTape
    from tidegate.remat_scope import RematScope


# Names of tensors for the tapes: unlike id() never given twice, and keeping one keeps no array.
next_key = itertools.count(1).__next__


class _State(threading.local):
    tapes: tuple[GradientTape, ...] = ()  # active ones, innermost last
    training: bool | None = None
    remats: tuple[RematScope, ...] = ()  # innermost last
    autocast: str | None = None  # what float32 variables count as: "bfloat16", or None for no other
    trace: list[dict[str, Any]] | None = None  # of explain: what each recorded op did
    elements_left: int | None = None  # of variables, while a file is loaded
    tracing: int | None = None  # see trace_scope


STATE = _State()


class training_scope:  # noqa: N801 - a scope, used like a function
    """Within it, layers called by this thread take `training` from here.

    >>> with training_scope(True):
    ...     current_training()
    True
    """

    __slots__ = ("_before", "_training")

    def __init__(self, training: bool | None) -> None:
        self._training = training
        self._before: bool | None = None

    def __enter__(self) -> None:
        self._before = STATE.training
        STATE.training = self._training

    def __exit__(self, *error: object) -> None:
        STATE.training = self._before


def current_training() -> bool | None:
    """The training flag of the enclosing `training_scope`, None outside of any."""
    return STATE.training


class trace_scope:  # noqa: N801 - a scope, used like a function
    """Within it, calls only find shapes: variables, metrics and generators keep what they have.

    `stands_for_unknown`: None ends the trace, for what a trace builds; 0 is a trace by shapes
    alone; another number is one by arrays of ones, the length that their unknown axes have.

    >>> from tidegate import Variable
    >>> v = Variable([1.0])
    >>> with trace_scope(0):
    ...     v.assign_add([1.0]).numpy()
    array([1.], dtype=float32)
    """

    __slots__ = ("_before", "_tracing")

    def __init__(self, stands_for_unknown: int | None) -> None:
        self._tracing = stands_for_unknown
        self._before: int | None = None

    def __enter__(self) -> None:
        self._before = STATE.tracing
        STATE.tracing = self._tracing

    def __exit__(self, *error: object) -> None:
        STATE.tracing = self._before


class no_grad:  # noqa: N801 - a scope, used like a function
    """Within it, no tape of this thread records anything.

    >>> from tidegate import GradientTape, ops
    >>> x = ops.ones((2,))
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     with no_grad():
    ...         y = ops.exp(x)
    >>> tape.gradient(y, x) is None
    True
    """

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before: tuple[GradientTape, ...] = ()

    def __enter__(self) -> None:
        self._before = STATE.tapes
        STATE.tapes = ()

    def __exit__(self, *error: object) -> None:
        STATE.tapes = self._before


stop_recording = no_grad
