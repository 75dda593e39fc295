"""A process that is killed while it saves leaves the old model or the new one, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("save_worker.py")


@pytest.mark.parametrize("count", [24, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["m.keras", "w.weights.h5", "w.safetensors"])
def test_old_or_new(name: str, count: int, tmp_path: Path) -> None:
    command = [sys.executable, WORKER, tmp_path / name, str(count), "7"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["other"] == found["ended"] == found["left"] == 0
    assert found["first"] + found["second"] == count
    # Some of the kills came while a temporary file was being written, and both models were seen.
    assert found["in_the_middle"] >= count // 10
    assert min(found["first"], found["second"]) > 0
