"""What layers know of a metric: that it is one. They must not import the metrics themselves."""

from __future__ import annotations

from typing import Any

__all__ = ["MetricBase"]


class MetricBase:
    """The base of ``metrics.Metric``: layers find it among their attributes."""

    name: str

    def result(self) -> Any:
        """What was gathered so far."""
        raise NotImplementedError

    def reset_state(self) -> None:
        """Forget it."""
        raise NotImplementedError
