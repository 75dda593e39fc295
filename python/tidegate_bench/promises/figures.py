"""A figure, its limit, and a line that says whether it is kept."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """What was measured. `limit` None: shown, but nothing was promised."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def line(self) -> str:
        text = f"{self.what:58} {self.value:9.3f} {self.unit}"
        if self.limit is None:
            return text
        return f"{text:80} at most {self.limit:g}: {'kept' if self.kept else 'BROKEN'}"
