"""Which direction of a monitored number is better."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ..errors import message

__all__ = ["Monitor"]


class Monitor:
    """Compares the values of one name in the logs.

    Args:
        owner: the callback, for messages.
        name: in the logs, such as "val_loss".
        mode: "auto" (by the metric's own direction), "min" or "max".

    Raises:
        ValueError: "auto" and a name whose direction is not known.
    """

    def __init__(self, owner: str, name: str, mode: str) -> None:
        if mode not in ("auto", "min", "max"):
            warnings.warn(f"{owner} mode '{mode}' is unknown, fallback to auto mode.", stacklevel=3)
            mode = "auto"
        self.owner = owner
        self.name = name
        self.mode = mode
        self._larger: bool | None = None if mode == "auto" else mode == "max"

    def resolve(self, model: Any) -> None:
        """Find the direction from the model's metrics, where it is not given."""
        if self._larger is not None:
            return
        name = self.name.removeprefix("val_")
        if name == "loss" or name.endswith("_loss"):
            self._larger = False
            return
        found = getattr(model, "metrics", [])
        # Those of compile are one entry.
        for metric in [one for entry in found for one in getattr(entry, "metrics", [entry])]:
            if name == metric.name or name.endswith(f"_{metric.name}"):
                direction = getattr(metric, "_direction", None)
                if direction is not None:
                    self._larger = direction == "up"
                    return
        raise ValueError(
            message(
                self.owner,
                f"the direction of monitor={self.name!r} is not known",
                "mode='auto'",
                "pass mode='min' or mode='max', and compile the model with that metric",
            )
        )

    @property
    def worst(self) -> float:
        """A value that anything is better than."""
        return -math.inf if self._larger else math.inf

    def better(self, value: float, reference: float, min_delta: float = 0.0) -> bool:
        """Whether ``value`` is better than ``reference`` by more than ``min_delta``."""
        if self._larger:
            return value - min_delta > reference
        return value + min_delta < reference

    def read(self, logs: Any) -> float | None:
        """The value, or None with a warning that names what there is."""
        value = (logs or {}).get(self.name)
        if value is None:
            warnings.warn(
                f"{self.owner} is conditioned on metric `{self.name}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}",
                stacklevel=3,
            )
            return None
        return float(value)
