"""`python -m benchmarks.promises [name ...]`: exit 1 if a promise is broken."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.promises import crowds, embedding, fresh, memory, sizes, two_threads, wheel

MEASURES = {
    "fresh": fresh.measure,
    "two_threads": two_threads.measure,
    "memory": memory.measure,
    "wheel": wheel.measure,
    "crowds": crowds.measure,
    "embedding": embedding.measure,
    "sizes": sizes.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promises")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASURES))
    parser.add_argument("--wheel", type=Path, help="a wheel that is built already")
    options = parser.parse_args()
    unknown = set(options.names) - set(MEASURES)
    if unknown:
        parser.error(f"unknown {', '.join(sorted(unknown))}: choose from {', '.join(MEASURES)}")
    kept = True
    for name in options.names or list(MEASURES):
        for figure in MEASURES[name](options.wheel if name == "wheel" else None):
            print(figure.line(), flush=True)
            kept = kept and figure.kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
