"""The inference runtime: a model becomes a graph, a graph runs in sessions, one step at a time.

    model --lower--> Graph --session--> Session --step--> y

`model.stream(batch=1)` is all of it in one call.
"""

from __future__ import annotations

from .graph import Graph
from .lower import lower
from .operation import Operation
from .session import Session
from .stream import stream

__all__ = ["Graph", "Operation", "Session", "lower", "stream"]
