"""`python -m benchmarks.kernels.wavefront build/release/libtidegate.a`.

Measured: two stacked LSTM layers (I = H) on two threads, layer after layer as the library runs
them, and as a wavefront. The model for more cores takes the measured time of a step on one
thread at the rows that one core would own, and the measured barrier.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.kernels.native import program

HERE = Path(__file__).resolve().parent
STEPS, ROUNDS = 96, 9
UNITS = (32, 64, 128, 256, 512)
ROWS = (1, 2, 4, 8, 16, 32)
CHUNKS = (8, 16)
CORES = 8
PAYS = 1.05  # a ratio that is no noise


class Point(NamedTuple):
    """One size: medians in milliseconds, and what the wavefront gains over two threads today."""

    units: int
    rows: int
    chunk: int
    one: float
    two: float
    wave: float
    gain: float


def measure(library: Path) -> tuple[float, list[Point]]:
    """Nanoseconds of a barrier of two, and every size with the better of the chunks."""
    sizes = [f"{h},{b},{c}" for h in UNITS for b in ROWS for c in CHUNKS]
    with program(sorted(HERE.glob("*.cpp")), library) as path:
        command = [str(path), str(STEPS), str(ROUNDS), *sizes]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    first, *entries = [json.loads(line) for line in answer.stdout.splitlines()]
    best: dict[tuple[int, int], Point] = {}
    for point in map(_point, entries):
        size = (point.units, point.rows)
        if size not in best or point.gain > best[size].gain:
            best[size] = point
    return first["barrier_ns"], list(best.values())


def _point(entry: dict[str, Any]) -> Point:
    rounds = entry["rounds"]
    one, two, wave = (statistics.median(r[k] for r in rounds) for k in range(3))
    gain = statistics.median(r[1] / r[2] for r in rounds)
    return Point(entry["units"], entry["rows"], entry["chunk"], one, two, wave, gain)


def step_us(alone: dict[int, float], rows: int, cores: int, barrier_us: float) -> float:
    """A step of one layer on `cores`: the best split into groups of rows, and units within a group.

    `alone` has microseconds of a step on one thread by rows. A group of u cores shares its units
    and meets at a barrier of log2(u) rounds in each step; groups of rows never meet.

    >>> step_us({1: 8.0, 2: 8.0}, 2, 2, 1.0)  # each core a row; sharing the units would cost 5
    5.0
    >>> step_us({1: 2.0, 2: 8.0}, 2, 2, 1.0)
    2.0
    """
    splits = []
    for groups in (2**k for k in range(int(math.log2(cores)) + 1)):
        if groups <= rows:
            for shares in (2**k for k in range(int(math.log2(cores // groups)) + 1)):
                cost = barrier_us * math.log2(shares) if shares > 1 else 0.0
                splits.append(alone[math.ceil(rows / groups)] / shares + cost)
    return min(splits)


def modelled(points: list[Point], barrier_ns: float, cores: int) -> list[tuple[int, int, float]]:
    """(units, rows, gain) of a wavefront of two layers, half of the cores in each."""
    result = []
    for point in points:
        alone = {p.rows: 1e3 * p.one / STEPS / 2 for p in points if p.units == point.units}
        barrier = barrier_ns / 1e3
        if point.rows not in (1, 8, 32):
            continue
        today = 2 * STEPS * step_us(alone, point.rows, cores, barrier)
        behind = (STEPS + CHUNKS[0]) * step_us(alone, point.rows, cores // 2, barrier)
        result.append((point.units, point.rows, today / behind))
    return result


def _table(values: dict[tuple[int, int], float], rows: list[int]) -> None:
    print("| rows \\ units | " + " | ".join(map(str, UNITS)) + " |")
    print("|---" * (len(UNITS) + 1) + "|")
    for b in rows:
        print(f"| {b} | " + " | ".join(f"{values[h, b]:.2f}" for h in UNITS) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.wavefront")
    parser.add_argument("library", type=Path, help="libtidegate.a")
    barrier, points = measure(parser.parse_args().library)
    print(f"barrier of two threads: {barrier:.0f} ns; {STEPS} steps, two LSTM layers, I = H\n")
    print("| units | rows | one thread ms | two, layer after layer | two, wavefront | gain |")
    print("|---|---|---|---|---|---|")
    for p in points:
        print(f"| {p.units} | {p.rows} | {p.one:.3f} | {p.two:.3f} | {p.wave:.3f} | {p.gain:.2f} |")
    print("\ngain measured, two threads\n")
    _table({(p.units, p.rows): p.gain for p in points}, list(ROWS))
    print(f"\ngain by the model, {CORES} cores\n")
    _table({(h, b): gain for h, b, gain in modelled(points, barrier, CORES)}, [1, 8, 32])
    pays = [f"B {p.rows} H {p.units}" for p in points if p.gain > PAYS]
    print(f"\npays here (over {PAYS}): {', '.join(pays) or 'nowhere'}")


if __name__ == "__main__":
    main()
