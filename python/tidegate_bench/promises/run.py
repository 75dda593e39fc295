"""All promises, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tidegate_bench.promises import (
    crowds,
    embedding,
    fit_memory,
    fresh,
    memory,
    overhead,
    remat,
    sizes,
    two_threads,
    wheel,
)
from tidegate_bench.promises.figures import Figure

MEASURES = {
    "fresh": fresh.measure,
    "two_threads": two_threads.measure,
    "memory": memory.measure,
    "fit_memory": fit_memory.measure,
    "remat": remat.measure,
    "wheel": wheel.measure,
    "crowds": crowds.measure,
    "embedding": embedding.measure,
    "sizes": sizes.measure,
    "overhead": overhead.measure,
}
QUICK = ("fresh", "memory")


def run(names: Sequence[str], built: Path | None) -> list[Figure]:
    """Measures and prints; `built` is a wheel, for the promise on its size."""
    print("\npromises: what was measured, and the limit that it keeps\n")
    figures = []
    for name in names:
        for figure in MEASURES[name](built if name == "wheel" else None):
            print(figure.line(), flush=True)
            figures.append(figure)
    return figures
