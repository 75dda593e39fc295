"""`python -m benchmarks.kernels.steps build/release/libtidegate.a [--isa avx2]`.

One step of one layer at batch 1 from C++, input as wide as the layer: microseconds, and the weights
that a step reads per second beside what the cache level that holds them gives. Then a million steps
of an LSTM, each timed by itself: the median, one of a thousand, the worst.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.kernels.native import answers, program
from tidegate_bench.harness import machine

HERE = Path(__file__).resolve().parent
UNITS = (8, 16, 32, 64, 128, 256, 512)
SINGLE = 32


def measure(library: Path, isa: str) -> list[dict[str, Any]]:
    """The time of each step, on the CPU that the limits are measured on."""
    with program([HERE / "steps.cpp"], library) as path:
        return answers(path, isa, *UNITS)


def single_steps(library: Path, isa: str) -> dict[str, Any]:
    """Nanoseconds of steps that are timed one by one, there too."""
    with program([HERE / "single.cpp"], library) as path:
        return answers(path, isa, SINGLE)[0]


def main() -> None:
    isas = machine.isas()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.steps")
    parser.add_argument("library", type=Path, help="libtidegate.a")
    parser.add_argument("--isa", choices=isas, default=isas[0])
    options = parser.parse_args()
    reads = machine.limits(options.isa, 1)["read_gbs"]
    print(f"one step at batch 1 from C++, I = H, {options.isa}; reads measured, GB/s: "
          + ", ".join(f"{level} {rate:.0f}" for level, rate in reads.items()) + "\n")  # fmt: skip
    print("| cell | weights | units | us | GB/s of weights | level | share |")
    print("|---|---|---|---|---|---|---|")
    for entry in measure(options.library, options.isa):
        rate = entry["bytes"] / entry["us"] / 1e3
        level = machine.level_of(entry["bytes"])
        print(f"| {entry['cell']} | {entry['weights']} | {entry['units']} | {entry['us']:.3f} | "
              f"{rate:.0f} | {level} | {rate / reads[level]:.0%} |")  # fmt: skip
    single = single_steps(options.library, options.isa)
    print("\n{steps:,} steps of an LSTM of {units} units, each timed by itself, ns: "
          "median {median}, p99.9 {p999}, worst {worst}; reading the clock is {clock} of each; "
          "the system took the processor away {interrupted} times".format(**single))  # fmt: skip


if __name__ == "__main__":
    main()
