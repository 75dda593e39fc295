"""`float32_worker.py <out.npz> <products>`: every float32 case through the core on one ISA.

TIDEGATE_ISA is read when tidegate is imported, so each ISA needs a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from recurrent_cases import CELL_FORMS, MASK_KINDS, Case, draw_case

from tidegate import _core

# (B, T, I, H) around the widths of vectors (8 and 16 floats) and of register tiles.
SIZES = (
    (1, 1, 1, 1), (1, 20, 3, 8), (2, 7, 8, 7), (3, 5, 17, 9), (4, 12, 1, 16), (5, 9, 16, 15),
    (8, 6, 5, 17), (9, 30, 31, 32), (16, 4, 9, 33), (17, 3, 64, 24),
    (33, 8, 7, 31), (6, 10, 33, 48),
)  # fmt: skip
SMOOTH = ("tanh", "sigmoid", "hard_sigmoid")


def float32_cases() -> Iterator[Case]:
    """4 cells x 12 sizes x 3 draws, every mask kind, gradients of everything."""
    for f, form in enumerate(CELL_FORMS):
        for s, sizes in enumerate(SIZES):
            for draw in range(3):
                seed = 1000 + 100 * f + 10 * s + draw
                kind = MASK_KINDS[(s + draw + f) % len(MASK_KINDS)]
                yield draw_case(
                    seed, form=form, sizes=sizes, mask_kind=kind, activations=SMOOTH
                ).cast("float32")


def arrays_of(y: np.ndarray, states: object, gradients: object = None) -> dict[str, np.ndarray]:
    """Named arrays of one run, forward and, if given, backward."""
    found = {"forward.y": y}
    for d, pair in enumerate(states):  # type: ignore[arg-type, var-annotated]
        found |= {f"forward.state{d}{s}": a for s, a in enumerate(pair)}
    if gradients is not None:
        found["backward.dx"] = gradients.dx  # type: ignore[attr-defined]
        for kind in ("weights", "states"):
            for d, group in enumerate(getattr(gradients, kind)):
                for i, array in enumerate(group):
                    if array is not None:
                        found[f"backward.{kind}{d}{i}"] = array
    return found


def run_isas(folder: Path, products: str) -> dict[str, dict[str, np.ndarray]]:
    """All arrays of all cases, by ISA; the processes run beside each other."""
    isas = _core.available_isas()
    started = [
        subprocess.Popen(
            [sys.executable, __file__, str(folder / f"{isa}.npz"), products],
            env=os.environ | {"TIDEGATE_ISA": isa},
        )
        for isa in isas
    ]
    assert [process.wait() for process in started] == [0] * len(isas)
    loaded = {}
    for isa in isas:
        with np.load(folder / f"{isa}.npz") as arrays:
            loaded[isa] = dict(arrays)
    return loaded


def main() -> None:
    import core_calls

    out, products = sys.argv[1:]
    collected = {}
    for index, case in enumerate(float32_cases()):
        packs = core_calls.pack(case, products=products)
        y, states, _ = core_calls.forward(case, training=False, packs=packs)
        found = arrays_of(y, states, core_calls.backward(case, packs))
        collected |= {f"{index}.{name}": array for name, array in found.items()}
    np.savez(Path(out), **collected)


if __name__ == "__main__":
    main()
