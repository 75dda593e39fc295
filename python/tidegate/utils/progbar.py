"""Keras' progress bar."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

__all__ = ["Progbar"]

_BOLD, _GREEN, _WHITE, _OFF = "\x1b[1m", "\33[32m", "\33[37m", "\x1b[0m"


class Progbar:
    """Displays a progress bar.

    Args:
        target: number of steps, None if unknown.
        width: of the bar in characters.
        verbose: 0 silent, 1 a bar, 2 one line at the end.
        interval: seconds between two updates of the screen at least.
        stateful_metrics: names that are shown as they come.
        stateless_metrics: names that are averaged over the steps. At most one of both.
        unit_name: "step" or "sample".

    Example:

    >>> bar = Progbar(target=2, verbose=0)
    >>> bar.update(1, [("loss", 0.5)])
    >>> bar.update(2, [("loss", 0.25)])
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "[Progbar] only one of stateful_metrics and stateless_metrics can be given. "
                "Received: both. Hint: name the metrics of one kind."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self.stateful_metrics = set(stateful_metrics or ()) if stateless_metrics is None else None
        self._dynamic_display = (
            (hasattr(sys.stdout, "isatty") and sys.stdout.isatty())
            or "ipykernel" in sys.modules
            or "posix" in sys.modules
            or "PYCHARM_HOSTED" in os.environ
        )
        self._seen_so_far = 0
        self._values: dict[str, tuple[float, float]] = {}
        self._start = time.time()
        self._last_update = 0.0
        self._time_after_first_step: float | None = None
        self._previous_width = 0

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Show step ``current``; ``finalize`` defaults to ``current >= target``."""
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._record(current, values or (), finalize)
        now = time.time()
        seconds = self._seconds_per_unit(current, now)
        if self.verbose == 1:
            if now - self._last_update < self.interval and not finalize:
                return
            self._show_bar(current, seconds, now, finalize)
        elif self.verbose == 2 and finalize and self.target:
            digits = int(math.log10(self.target)) + 1
            text = f"{current:{digits}d}/{self.target} - {now - self._start:.0f}s"
            self._print(f"{text} -{self._format_time(seconds)}{self._format_values()}\n")
        self._last_update = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Go ``n`` steps further."""
        self.update(self._seen_so_far + n, values)

    def _record(self, current: int, values: Iterable[tuple[str, Any]], finalize: bool) -> None:
        for name, value in values:
            # A metric with several thresholds gives an array: the bar shows its mean.
            number = float(value.mean() if getattr(value, "ndim", 0) else value)
            if self.stateless_metrics is None:
                averaged = name not in (self.stateful_metrics or ())
            else:
                averaged = name in self.stateless_metrics
            if averaged and not finalize:
                steps = max(current - self._seen_so_far, 1)
                total, count = self._values.get(name, (0.0, 0.0))
                self._values[name] = (total + number * steps, count + steps)
            else:
                self._values[name] = (number, 1.0)
        self._seen_so_far = current

    def _show_bar(self, current: int, seconds: float, now: float, finalize: bool) -> None:
        message = "\b" * self._previous_width + "\r" if self._dynamic_display else "\n"
        if self.target:
            digits = int(math.log10(self.target)) + 1
            label = f"{current:{digits}d}/{self.target}"
            filled = int(self.width * float(current) / self.target)
            bar = f"{_BOLD}{label}{_OFF} "
            bar += f"{_GREEN}{'━' * filled}{_OFF}" if filled > 0 else ""
            bar += f"{_WHITE}{'━' * (self.width - filled)}{_OFF}"
            width = len(label) + 1 + self.width
        else:
            bar = f"{current:7d}/Unknown"
            width = len(bar)
        if self.target and not finalize:
            clock = _format_eta(seconds * (self.target - current))
        else:
            clock = f"{now - self._start:.0f}s"
        rest = self._format_time(seconds) + self._format_values()
        width += 1 + len(clock) + len(rest)
        message += f"{bar} {_BOLD}{clock}{_OFF}{rest}"
        message += " " * max(self._previous_width - width, 0)
        self._print(message + ("\n" if finalize else ""))
        self._previous_width = width

    def _format_values(self) -> str:
        text = ""
        for name, (total, count) in self._values.items():
            average = total / max(1, count)
            text += f" - {name}: " + (f"{average:.4f}" if abs(average) > 1e-3 else f"{average:.4e}")
        return text

    def _format_time(self, seconds: float) -> str:
        if seconds >= 1 or seconds == 0:
            return f" {seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f" {seconds * 1e3:.0f}ms/{self.unit_name}"
        return f" {seconds * 1e6:.0f}us/{self.unit_name}"

    def _seconds_per_unit(self, current: int, now: float) -> float:
        if not current:
            return 0.0
        # The first step builds and packs: later ones say more about the rest.
        if self._time_after_first_step is not None and current > 1:
            seconds = (now - self._time_after_first_step) / (current - 1)
        else:
            seconds = (now - self._start) / current
        if current == 1:
            self._time_after_first_step = now
        return seconds

    def _print(self, message: str) -> None:
        try:
            sys.stdout.write(message)
        except UnicodeEncodeError:
            sys.stdout.write(message.replace("━", "-"))
        sys.stdout.flush()


def _format_eta(eta: float) -> str:
    if eta > 3600:
        return f"{int(eta // 3600)}:{int(eta % 3600 // 60):02d}:{int(eta % 60):02d}"
    if eta > 60:
        return f"{int(eta // 60)}:{int(eta % 60):02d}"
    return f"{int(eta)}s"
