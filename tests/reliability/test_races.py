"""Threads that meet in the core: no crash, no results of another thread."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("race", ["shrink", "environment", "ids", "fork", "leave"])
def test_threads_that_meet(race: str) -> None:
    script = Path(__file__).with_name("race_worker.py")
    done = subprocess.run(
        [sys.executable, str(script), race], capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["ok"]), done.stderr[-2000:]
