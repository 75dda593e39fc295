"""The float32 core on every ISA of this machine: one set of bits, within a stated bound.

The bound, norm-wise and for every array, is oneDNN's: 4 * ceil(log2((I + H) * T)) * 2^-23 forward
and twice that backward, against the NumPy oracle in float64.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from float32_worker import arrays_of, float32_cases, run_isas
from recurrent_cases import Case, relative

from tidegate import _core

ISAS = _core.available_isas()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    """All arrays of all cases, by ISA."""
    return run_isas(tmp_path_factory.mktemp("isa"), "float32")


def bound(case: Case, name: str) -> float:
    """What the norm-wise error of an array may be."""
    _, steps, input_dim = case.x.shape
    forward = 4 * math.ceil(math.log2(max(2, (input_dim + case.units) * steps))) * 2.0**-23
    return 2 * forward if name.startswith("backward") else forward


def test_every_array_is_within_the_bound(runs: dict[str, dict[str, np.ndarray]]) -> None:
    arrays = runs[ISAS[0]]
    worst = 0.0
    for index, case in enumerate(float32_cases()):
        exact = case.cast("float64")
        run = exact.run()
        for name, expected in arrays_of(run.y, run.states, exact.gradients()).items():
            error = relative(arrays[f"{index}.{name}"], expected) / bound(case, name)
            worst = max(worst, error)
            assert error <= 1, f"{name}: {error:.2f} times the bound in {case!r}"
    assert worst > 0.01, "an error this small means that the oracle did not run in float64"


@pytest.mark.parametrize("isa", ISAS[1:])
def test_isas_agree_bit_for_bit(isa: str, runs: dict[str, dict[str, np.ndarray]]) -> None:
    first, other = runs[ISAS[0]], runs[isa]
    assert first.keys() == other.keys()
    different = [name for name in first if first[name].tobytes() != other[name].tobytes()]
    assert not different
