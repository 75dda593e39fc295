"""Errors that teach: which operation, which rule, what was received, what to try."""

from __future__ import annotations

from typing import Any


class NotOfferedError(NotImplementedError):
    """Something that Keras has and tidegate does not have yet, named."""


def message(op: str, rule: str, received: Any = None, hint: str | None = None) -> str:
    """The text of an error: `[op] rule. Received: ... Hint: ...`.

    >>> message("lstm", "x must be [B, T, I]", (3, 4), "add a batch axis.")
    '[lstm] x must be [B, T, I]. Received: (3, 4). Hint: add a batch axis.'
    """
    text = f"[{op}] {rule.rstrip('.')}."
    if received is not None:
        text += f" Received: {received}."
    if hint is not None:
        text += f" Hint: {hint.rstrip('.')}."
    return text


def not_offered(op: str, what: str, hint: str | None = None) -> NotOfferedError:
    """The error for a feature of Keras that is not offered, with its name in it."""
    return NotOfferedError(message(op, f"{what} is not offered by tidegate yet", hint=hint))
