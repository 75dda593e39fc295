"""fork, spawn and forkserver after fit and predict: no hang, same bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate import _core


def run(method: str, count: int) -> None:
    script = Path(__file__).with_name("process_worker.py")
    # Python 3.12 warns about fork in a process with threads; that it works is what is tested.
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(script), method, str(count)],
        stdout=subprocess.PIPE, text=True, check=True, timeout=600,
    )  # fmt: skip
    assert done.stdout.split()[-1] == "ok"


@pytest.mark.parametrize(("method", "count"), [("fork", 20), ("spawn", 1), ("forkserver", 1)])
def test_children_predict(method: str, count: int) -> None:
    run(method, count)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "count"), [("fork", 100), ("spawn", 5), ("forkserver", 5)])
def test_many_children_predict(method: str, count: int) -> None:
    run(method, count)


def test_an_unknown_isa_is_an_error_not_a_crash() -> None:
    for value in ("avx1024", "AVX2 ", "neon" if "neon" not in _core.available_isas() else "vsx"):
        done = subprocess.run(
            [sys.executable, "-c", "import tidegate._core"],
            env=os.environ | {"TIDEGATE_ISA": value}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert "TIDEGATE_ISA" in done.stderr
        assert value in done.stderr


def test_an_unknown_schedule_is_an_error() -> None:
    code = "import numpy as np, tidegate; tidegate.layers.LSTM(4)(np.zeros((2, 3, 4), 'float32'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"TIDEGATE_SPLIT": "diagonal"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "TIDEGATE_SPLIT" in done.stderr
