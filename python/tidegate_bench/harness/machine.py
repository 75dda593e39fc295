"""The machine: what it is, how busy, and its limits as measured by `machine_limits.cpp`."""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent / "machine_limits.cpp"
FLAGS = {
    "avx512": ["-DVECTOR_BYTES=64", "-mavx512f", "-mfma", "-mprefer-vector-width=512"],
    "avx2": ["-DVECTOR_BYTES=32", "-mavx2", "-mfma"],
    "neon": ["-DVECTOR_BYTES=16"],
}
BUSY_SECONDS = 0.5


def _cpu_line(name: str) -> str:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    found = re.search(rf"^{name}\s*:\s*(.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def isas() -> list[str]:
    """The vector instruction sets of this machine that have a limit here, widest first."""
    flags = _cpu_line("flags").split()
    if platform.machine() in ("aarch64", "arm64"):
        return ["neon"]
    names = {"avx512": "avx512f", "avx2": "avx2"}
    return [isa for isa, flag in names.items() if flag in flags]


def caches() -> dict[str, int]:
    """Bytes of the data caches that CPU 0 sees: L1, L2, L3."""
    result = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (index / "type").read_text().strip() != "Instruction":
            size = (index / "size").read_text().strip()
            result["L" + (index / "level").read_text().strip()] = int(size.rstrip("K")) * 1024
    return result


def compiler() -> str | None:
    """What the limits are compiled with; without one there are none."""
    return os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")


def limited_isas() -> list[str]:
    """The instruction sets whose limits can be measured here, widest first."""
    return isas() if compiler() else []


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Of this process alone: nobody else can have put a program there."""
    return tempfile.TemporaryDirectory(prefix="tidegate-limits-")


@functools.cache
def _binary(isa: str) -> Path:
    chosen = compiler()
    if chosen is None:
        raise RuntimeError(
            "[bench] the limits of the machine need a C++ compiler. "
            "Received: none found. Hint: apt-get install g++, or set CXX."
        )
    path = Path(_folder().name) / isa
    command = [chosen, "-std=c++17", "-O3", "-ffp-contract=fast", "-pthread", *FLAGS[isa]]
    subprocess.run([*command, str(SOURCE), "-o", str(path)], check=True)
    return path


@functools.cache
def limits(isa: str, threads: int) -> dict[str, Any]:
    """GFLOP/s of FMA from registers, and GB/s of reads from each level, of all threads together.

    A level is read with three quarters of its size, L3 with its share per thread, memory with four
    times the last cache (at most 256 MiB).
    """
    sizes = {}
    for level, size in caches().items():
        share = size // threads if level == "L3" else size
        sizes[level] = min(share * 3 // 4, 24 << 20) // 4096 * 4096
    sizes["memory"] = min(4 * max(caches().values(), default=64 << 20), 256 << 20)
    command = [str(_binary(isa)), str(threads), *map(str, sizes.values())]
    # Contenders on fewer threads than CPUs run on the last ones; so does this.
    usable = sorted(os.sched_getaffinity(0))
    answer = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, usable[-threads:]),
    )
    measured = json.loads(answer.stdout)
    reads = {level: measured["read_gbs"][str(size)] for level, size in sizes.items()}
    return {"gflops": measured["gflops"], "read_gbs": reads}


def level_of(size: int) -> str:
    """The nearest level that holds so many bytes of one core, leaving a quarter for the rest."""
    for level, capacity in caches().items():
        if size <= capacity * 3 // 4:
            return level
    return "memory"


def cpu_seconds() -> tuple[float, float]:
    """Since the start of the machine: used by all its processes, and taken by the hypervisor."""
    fields = [float(v) for v in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    hertz = os.sysconf("SC_CLK_TCK")
    idle, waiting, stolen = fields[3], fields[4], fields[7]
    return (sum(fields) - idle - waiting - stolen) / hertz, stolen / hertz


def busy() -> dict[str, float]:
    """Cores that others use right now, and cores that the hypervisor takes away."""
    before, stolen_before = cpu_seconds()
    time.sleep(BUSY_SECONDS)
    after, stolen_after = cpu_seconds()
    return {
        "others": round((after - before) / BUSY_SECONDS, 2),
        "stolen": round((stolen_after - stolen_before) / BUSY_SECONDS, 2),
    }


def describe() -> dict[str, Any]:
    """What a reader needs to know to compare with another machine."""
    return {
        "cpu": _cpu_line("model name") or platform.processor() or platform.machine(),
        "family": f"{_cpu_line('cpu family')}.{_cpu_line('model')}",
        "cores": len(os.sched_getaffinity(0)),
        "caches": caches(),
        "isas": isas(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "busy": busy(),
    }
