"""The inference runtime: a model becomes a graph, a graph runs in sessions, one step at a time.

    model --lower--> Graph --session--> Session --step--> y

`model.stream(batch=1)` is all of it in one call; `model.export("m.tide")` writes the graph to a
file, `load("m.tide")` gives it back.
"""

from __future__ import annotations

from .graph import Graph
from .lower import lower
from .operation import Operation
from .session import Session
from .stream import stream
from .tide_file import load

__all__ = ["Graph", "Operation", "Session", "load", "lower", "stream"]
