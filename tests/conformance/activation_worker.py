"""Run as `python activation_worker.py sample|all`: print a checksum of each activation's bits."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator

import numpy as np
from test_activation_ulp import LIMITS, NAMES, sample
from ulp import SMALLEST_NORMAL

from tidegate import _core


def inputs(everything: bool) -> Iterator[np.ndarray]:
    """float32 inputs, in blocks."""
    if not everything:
        yield sample()
        return
    block = 2**18  # stays in the cache
    for start in range(0, 2**32, block):
        yield np.arange(start, start + block, dtype=np.uint64).astype(np.uint32).view(np.float32)


def main() -> None:
    everything = sys.argv[1] == "all"
    for name in LIMITS if everything else NAMES:
        check = 0
        for block in inputs(everything):
            # What comes out of a product is never subnormal, but an array of a caller may be: the
            # piecewise functions hand it on as it is or as zero, depending on the instruction set.
            subnormal = (np.abs(block) < SMALLEST_NORMAL) & (block != 0)
            x = block if name in LIMITS else block[~subnormal]
            y = _core.activation(name, x)
            # The sign and payload of a NaN are no part of the promise.
            y[np.isnan(y)] = np.nan
            check = zlib.crc32(y, check)
            if not everything:
                wide = x[np.isfinite(x)].astype(np.float64)
                check = zlib.crc32(_core.activation(name, wide), check)
        print(name, f"{check:08x}")


if __name__ == "__main__":
    main()
