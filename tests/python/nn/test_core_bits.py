"""Every nn function has the same bits on every instruction set and for every team."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tidegate import _core

WORKER = Path(__file__).with_name("nn_bits_worker.py")


@cache
def digests(isa: str, threads: int) -> str:
    environment = os.environ | {"TIDEGATE_ISA": isa}
    done = subprocess.run(
        [sys.executable, str(WORKER), str(threads)],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("isa", _core.available_isas())
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_bits(isa: str, threads: int) -> None:
    found = digests(isa, threads)
    assert len(found.splitlines()) == 34
    assert found == digests("scalar", 1)
