"""`python -m benchmarks.kernels.history build/release/libtidegate.a [--isa avx2]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.kernels.native import answers, program
from tidegate_bench.harness import machine

HERE = Path(__file__).resolve().parent
WHAT = {
    "naive": "as the equations are written, libm",
    "ordered": "inner loop along a row of the weights",
    "tiled": "weights in panels, a tile of sums in registers, gates through memory",
    "fused": "gates interleaved, activations as the end of the product",
    "shipped": "the library's driver",
}


def measure(library: Path, isa: str) -> list[dict[str, float | str]]:
    """What each version took, on the CPU that the limits are measured on."""
    flags = ["-ffp-contract=fast", *machine.FLAGS[isa]]
    with program(sorted(HERE.glob("*.cpp")), library, flags) as path:
        return answers(path, isa)


def main() -> None:
    isas = machine.isas()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels.history")
    parser.add_argument("library", type=Path, help="libtidegate.a")
    parser.add_argument("--isa", choices=isas, default=isas[0])
    options = parser.parse_args()
    peak = machine.limits(options.isa, 1)["gflops"]
    print(f"LSTM forward, B 32, T 64, I = H = 256, {options.isa}, one thread; "
          f"FMA peak {peak:.0f} GFLOP/s\n")  # fmt: skip
    print("| version | what is new | ms | GFLOP/s | share of peak | error |")
    print("|---|---|---|---|---|---|")
    for entry in measure(options.library, options.isa):
        share = float(entry["gflops"]) / peak
        print(f"| {entry['version']} | {WHAT[str(entry['version'])]} | {entry['ms']:.2f} | "
              f"{entry['gflops']:.1f} | {share:.1%} | {entry['error']:.0e} |")  # fmt: skip


if __name__ == "__main__":
    main()
