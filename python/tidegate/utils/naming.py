"""Automatic names: ``lstm``, ``lstm_1``, ``lstm_2``, ... as Keras gives them."""

from __future__ import annotations

import re
import threading

__all__ = ["auto_name", "object_name", "reset_names", "to_snake_case", "uniquify"]

_lock = threading.Lock()
_counts: dict[str, int] = {}


def to_snake_case(name: str) -> str:
    """Keras' rule.

    >>> to_snake_case("SimpleRNN"), to_snake_case("LSTM"), to_snake_case("TimeDistributed")
    ('simple_rnn', 'lstm', 'time_distributed')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def uniquify(prefix: str) -> str:
    """``prefix``, then ``prefix_1``, ... over the life of the process."""
    with _lock:
        count = _counts.get(prefix, 0)
        _counts[prefix] = count + 1
    return f"{prefix}_{count}" if count else prefix


def auto_name(class_name: str) -> str:
    """The next automatic name of an object of this class."""
    return uniquify(to_snake_case(class_name))


def object_name(value: object) -> str:
    """The name of a loss or metric given as an object or a function."""
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else to_snake_case(_class_or_own_name(value))


def _class_or_own_name(value: object) -> str:
    return getattr(value, "__name__", None) or type(value).__name__


def reset_names() -> None:
    """Count from the start again (``utils.clear_session``)."""
    with _lock:
        _counts.clear()
