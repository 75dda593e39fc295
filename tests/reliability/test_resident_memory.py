"""Resident memory grows by less than 1 MB over many predict and train_on_batch calls."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MEGABYTE = 2**20


def growth(predicts: int, trainings: int) -> int:
    script = Path(__file__).with_name("memory_worker.py")
    done = subprocess.run(
        [sys.executable, str(script), str(predicts), str(trainings)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return int(json.loads(done.stdout))


def test_memory_does_not_grow() -> None:
    assert growth(1000, 100) < MEGABYTE


@pytest.mark.slow
def test_memory_does_not_grow_over_10000_calls() -> None:
    grown = growth(10_000, 1_000)
    print(f"{grown / 1024:.0f} kB")
    assert grown < MEGABYTE
