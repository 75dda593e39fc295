"""Exported C, compiled and run."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate import _core

Array = np.ndarray[Any, Any]

STRICT = ("-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror")
C99 = ("-std=c99", *STRICT)
MAIN = Path(__file__).with_name("c_source_main.c")
# The instruction for fused multiply-adds, where this machine has it; the library's take ten times
# as long.
FMA = ("-mfma",) if platform.machine() == "x86_64" and "avx2" in _core.available_isas() else ()


def compiler(name: str) -> str:
    """Skips the test, visibly, on a machine without it; CI counts that as a failure."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run_compiler(folder: Path, cc: str, *arguments: str) -> None:
    """Fails with the compiler's own words."""
    done = subprocess.run(
        [compiler(cc), *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def build(folder: Path, *arguments: str, cc: str = "gcc") -> Path:
    """The program that these arguments of the compiler give."""
    run_compiler(folder, cc, *arguments, "-o", "program", "-lm")
    return folder / "program"


def run_steps(program: Path, x: Array, outputs: int) -> Array:
    """x [T, I] or ids [T] -> y [T, O]."""
    done = subprocess.run([program], input=x.tobytes(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return np.frombuffer(done.stdout, np.float32).reshape(len(x), outputs)
