"""`timed`: what a kernel test does after its result was found right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tidegate import _core
from tidegate_bench.harness import machine

Timed = Callable[..., None]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """The kernel is timed on one and on two threads."""
    _core.set_num_threads(request.param)
    yield request.param
    _core.set_num_threads(None)


@pytest.fixture
def timed(benchmark: Any) -> Timed:
    """Time `run`; with `flop` or `moved` bytes the report holds GFLOP/s or GB/s and the share."""

    def time(
        run: Callable[[], Any], *, flop: float = 0, moved: float = 0, threads: int = 1
    ) -> None:
        benchmark(run)
        if benchmark.stats is None:  # --benchmark-disable: the result was verified, that is all
            return
        seconds = benchmark.stats.stats.median
        if flop:
            gflops = flop / seconds / 1e9
            benchmark.extra_info["gflops"] = round(gflops, 1)
            if _core.isa() in machine.isas():
                peak = machine.limits(_core.isa(), threads)["gflops"]
                benchmark.extra_info["share_of_peak"] = round(gflops / peak, 3)
        if moved:
            benchmark.extra_info["gbs"] = round(moved / seconds / 1e9, 1)

    return time


def close(got: np.ndarray, right: np.ndarray, tolerance: float = 1e-5) -> None:
    """Equal within `tolerance` of the largest element."""
    error = float(np.abs(got.astype(np.float64) - right).max()) / float(np.abs(right).max())
    assert error <= tolerance, f"error {error:.1e}, at most {tolerance:.0e}"
