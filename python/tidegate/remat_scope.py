"""How much a recurrent call keeps for its backward pass, and what it computes again."""

from __future__ import annotations

import operator
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tidegate.devices import kernels
from tidegate.errors import message, not_offered
from tidegate.scopes import STATE

__all__ = ["RematScope", "in_scope", "mode_of_call"]

MODES = ("full", "bfloat16", "recompute", "checkpoint")
# Those with the bits of "full", fastest first, and what each adds in forward passes of the layer.
_EXACT = {"full": 0.0, "recompute": 1.0, "checkpoint": 1.1}


class RematScope:
    """Within it, recurrent layers keep less between forward and backward pass.

    With B rows, T steps and H units, an LSTM keeps for the backward pass, in values of H:

        full        gates, h, c of every step                           6 B T
        bfloat16    the same, rounded to bfloat16                       3 B T
        recompute   h, c of every step                                  2 B T
        checkpoint  h, c at the borders of windows of about sqrt(T)     2 B sqrt(T)

    What is missing is computed again, one window of steps at a time, by the kernels that computed
    it first. All modes but bfloat16, which rounds, give the same bits for every gradient.

    Args:
        mode: one of these, a number of bytes, or None for no scope at all. With a number every
            recurrent call takes the fastest exact mode that fits; calls before it that have not
            gone backward yet are told to keep less where that costs least. The bytes are those that
            `explain` reports as `saved_bytes` of recurrent operations; the memory of one window
            (`scratch_bytes`) comes on top.
        output_size_threshold: of Keras, not offered: a number of bytes does what it is for.
        layer_names: names of the layers that are meant; all of them if None.

    A layer made within a scope keeps it, as in Keras. One made outside goes by the scope that it is
    called in. Scopes nest, the innermost counts; each thread has its own.

    Raises:
        ValueError: an unknown mode; on a call, a number of bytes that no mode keeps to.

    Source: Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost", 2016;
    Gruslys et al., "Memory-efficient backpropagation through time", 2016.

    >>> import numpy as np
    >>> from tidegate import explain
    >>> from tidegate.layers import LSTM
    >>> x = np.zeros((8, 400, 16), "float32")
    >>> layer = LSTM(32)
    >>> with RematScope("checkpoint"):
    ...     less = explain(layer, x)
    >>> less["remat"], less["saved_bytes"] / explain(layer, x)["saved_bytes"] < 0.02
    ('checkpoint', True)
    """

    def __init__(
        self,
        mode: str | int | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Sequence[str] | None = None,
    ) -> None:
        if output_size_threshold != 1024:
            raise not_offered(
                "RematScope", "output_size_threshold", "mode=number of bytes for the model"
            )
        self.mode = _checked_mode(mode)
        self.layer_names = None if layer_names is None else tuple(layer_names)

    def __enter__(self) -> RematScope:
        STATE.remats = (*STATE.remats, self)
        return self

    def __exit__(self, *error: object) -> None:
        STATE.remats = STATE.remats[:-1]


def _checked_mode(mode: Any) -> str | int | None:
    if mode is None or (isinstance(mode, str) and mode in MODES):
        return mode
    if mode in ("activations", "larger_than", "list_of_layers"):
        raise not_offered("RematScope", f"mode={mode!r}", "mode='checkpoint', layer_names=[...]")
    if not isinstance(mode, (bool, str)):
        try:
            budget = operator.index(mode)
        except TypeError:
            budget = 0
        if budget > 0:
            return budget
    raise ValueError(
        message(
            "RematScope",
            f"mode must be one of {', '.join(MODES)}, a positive number of bytes, or None",
            repr(mode),
        )
    )


def in_scope(layer: Any, own: RematScope | None, run: Callable[..., Any]) -> Callable[..., Any]:
    """`run` within the scope that counts for this layer: its own, or that of the call."""

    def scoped(*args: Any, **keywords: Any) -> Any:
        before = STATE.remats
        scope = own or (before[-1] if before else None)
        meant = scope is not None and (scope.layer_names is None or layer.name in scope.layer_names)
        STATE.remats = (scope,) if scope is not None and meant else ()
        try:
            return run(*args, **keywords)
        finally:
            STATE.remats = before

    return scoped


class _Live(NamedTuple):
    """A call that has not gone backward: what it keeps, and by mode its bytes and added time."""

    saved: Any  # weak reference
    bytes: dict[str, int]
    time: dict[str, float]


class _Calls(threading.local):
    def __init__(self) -> None:
        self.of: weakref.WeakKeyDictionary[RematScope, list[_Live]] = weakref.WeakKeyDictionary()


_CALLS = _Calls()


def mode_of_call(
    op: str, packs: tuple[Any, ...], shape: tuple[int, ...], mask: Any
) -> tuple[str, Callable[[Any], None] | None]:
    """The mode of a recurrent call in the scope of this thread; what to tell of what it saved."""
    scope = STATE.remats[-1]
    if scope.mode is None or isinstance(scope.mode, str):
        return scope.mode or "full", None
    batch, steps = shape[:2]
    sizes = {m: kernels().recurrent_saved_bytes(packs, batch, steps, mask, m) for m in _EXACT}
    work = float(batch * steps * sum(pack.nbytes for pack in packs))
    time = {m: passes * work for m, passes in _EXACT.items()}
    if packs[0].cell == "simple_rnn":
        time["recompute"] = 0.0  # the backward pass makes its gates anyway
    # What has gone backward is gone.
    alive = [(call, call.saved()) for call in _CALLS.of.get(scope, ())]
    calls = [call for call, saved in alive if saved is not None]
    kept = [saved for _, saved in alive if saved is not None]
    modes = [saved.remat for saved in kept]
    new = _Live(None, sizes, time)
    plan = _fitted([*calls, new], [*modes, "full"], scope.mode)
    if plan is None:
        least = sizes["checkpoint"] + sum(call.bytes["checkpoint"] for call in calls)
        raise ValueError(
            message(
                op,
                f"the budget of the RematScope must be at least {least} bytes here: checkpoint, "
                "which keeps least, keeps so many",
                scope.mode,
                "a larger mode=, smaller batches, or sequences in pieces for a stateful layer",
            )
        )
    for saved, mode in zip(kept, plan, strict=False):
        saved.shrink(mode)

    def tell(saved: Any) -> None:
        _CALLS.of[scope] = [*calls, new._replace(saved=weakref.ref(saved))]

    return plan[-1], tell


def _fitted(calls: list[_Live], modes: list[str], budget: int) -> list[str] | None:
    """Modes, each no faster than the one given, that keep to the budget; None if none do.

    Steps down where a byte costs least time until all fit, then back up where that still fits.
    """
    plan = list(modes)

    def total() -> int:
        return sum(call.bytes[mode] for call, mode in zip(calls, plan, strict=True))

    while total() > budget:
        steps = []
        for i, call in enumerate(calls):
            for mode in _EXACT:
                freed = call.bytes[plan[i]] - call.bytes[mode]
                if freed > 0:
                    steps.append(((call.time[mode] - call.time[plan[i]]) / freed, i, mode))
        if not steps:
            return None
        _, i, mode = min(steps)
        plan[i] = mode
    for i in sorted(range(len(calls)), key=lambda i: -calls[i].time[plan[i]]):
        names = list(_EXACT)
        for mode in names[names.index(modes[i]) : names.index(plan[i])]:
            slower, plan[i] = plan[i], mode
            if total() <= budget:
                break
            plan[i] = slower
    return plan
