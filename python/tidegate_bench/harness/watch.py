"""What else the machine did while contenders were timed."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from tidegate_bench.harness import machine
from tidegate_bench.harness.contender import Contender


class Watch:
    """Counts from its making on: CPU time of everybody, of the contenders, of this process."""

    def __init__(self, contenders: Sequence[Contender]) -> None:
        self._contenders = contenders
        self._begin = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        everybody, stolen = machine.cpu_seconds()
        mine = os.times()
        ours = sum(mine[:4]) + sum(c.used() for c in self._contenders)
        return time.monotonic(), everybody, ours, stolen

    def report(self) -> dict[str, Any]:
        """Cores that others and the hypervisor took on average, and what stood still how well.

        `awake` is the CPU time that each contender used while another was timed.
        """
        wall, everybody, ours, stolen = (b - a for a, b in zip(self._begin, self._now()))
        return {
            "seconds": round(wall, 1),
            "others": round(max(everybody - ours, 0.0) / max(wall, 1e-9), 3),
            "stolen": round(stolen / max(wall, 1e-9), 3),
            "cpus": {c.label: c.cpus for c in self._contenders},
            "awake": {c.label: round(c.while_stopped, 2) for c in self._contenders},
        }
