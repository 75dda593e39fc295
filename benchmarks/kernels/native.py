"""Compiles the C++ programs of this folder against the library's internal headers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tidegate_bench.harness import machine

CPP = Path(__file__).resolve().parents[2] / "cpp"


@contextmanager
def program(sources: Sequence[Path], library: Path, flags: Sequence[str] = ()) -> Iterator[Path]:
    """The program made of these sources, `libtidegate.a` and libtidegate_training.a beside it; gone
    at the end of the block."""
    compiler = machine.compiler()
    if compiler is None or not library.is_file():
        sys.exit(
            f"[benchmarks] a C++ compiler and libtidegate.a are needed. Received: {compiler}, "
            f"{library}. Hint: cmake --preset release && cmake --build --preset release."
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program"
        command = [compiler, "-std=c++20", "-O3", "-Wall", "-Wextra", "-Werror", *flags]
        libraries = [library.with_name("libtidegate_training.a"), library]
        command += [f"-I{CPP}", f"-I{CPP / 'include'}", *map(str, [*sources, *libraries])]
        subprocess.run([*command, "-pthread", "-o", str(path)], check=True)
        yield path


def answers(path: Path, isa: str, *arguments: object) -> list[dict[str, Any]]:
    """The JSON lines of a program, run on the CPU that the limits are measured on."""
    cpu = sorted(os.sched_getaffinity(0))[-1]
    answer = subprocess.run(
        [str(path), *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TIDEGATE_ISA": isa},
        preexec_fn=lambda: os.sched_setaffinity(0, [cpu]),
    )
    return [json.loads(line) for line in answer.stdout.splitlines()]
