"""Ctrl-C: KeyboardInterrupt within 100 ms, weights of the last finished step, and on it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


def latencies(kind: str, count: int, seed: int) -> np.ndarray:
    """Run the worker, which checks weights itself, and return its latencies in seconds."""
    script = Path(__file__).with_name("interrupt_worker.py")
    done = subprocess.run(
        [sys.executable, str(script), kind, str(count), str(seed)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=300,
    )  # fmt: skip
    found = np.array(json.loads(done.stdout.splitlines()[-1]))
    assert len(found) == count
    return found


def check(found: np.ndarray) -> None:
    print(f"median {np.median(found) * 1e3:.1f} ms, largest {found.max() * 1e3:.1f} ms")
    assert np.percentile(found, 99) <= 0.1
    assert found.max() <= 0.25


@pytest.mark.parametrize(("kind", "count"), [("fit", 10), ("predict", 10), ("long", 6)])
def test_ctrl_c(kind: str, count: int) -> None:
    check(latencies(kind, count, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("fit", 100), ("predict", 100), ("long", 40)])
def test_200_times_ctrl_c(kind: str, count: int) -> None:
    check(latencies(kind, count, seed=2))
