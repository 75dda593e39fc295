"""exp, sigmoid and tanh of the core in float32: ULP, NaN, infinities, body and tail, every ISA.

The fast test takes a sample of the 2^32 inputs that is dense where the functions are hard; the
slow one takes all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ulp import SMALLEST_NORMAL, verify

from tidegate import _core

LIMITS = {"exp": 2.5, "sigmoid": 2.5, "tanh": 3.0}
NAMES = ("exp", "sigmoid", "tanh", "relu", "linear", "hard_sigmoid")
ISAS = _core.available_isas()


def sample() -> np.ndarray:
    """Every 1009th bit pattern of float32 (a prime: all exponents and low bits) and hard places."""
    patterns = np.arange(0, 2**32, 1009, dtype=np.uint64).astype(np.uint32).view(np.float32)
    places = np.array([0, 1e-38, 0.3466, 0.5, 1, 9.01, 9.02, 17.3, 87.0, 87.34, 88.72, 88.73, 104])
    near = (places[:, None] * (1 + np.linspace(-1e-4, 1e-4, 2001))).astype(np.float32).ravel()
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, -1e-45], np.float32)
    return np.concatenate([patterns, near, -near, special])


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_error_in_ulp(name: str) -> None:
    assert verify(name, lambda x: _core.activation(name, x), sample()) <= LIMITS[name]


def test_limits_are_exact() -> None:
    x = np.array([np.inf, -np.inf, 0.0, -0.0, 200.0, -200.0], np.float32)
    expected = {
        "exp": [np.inf, 0, 1, 1, np.inf, 0],
        "sigmoid": [1, 0, 0.5, 0.5, 1, 0],
        "tanh": [1, -1, 0.0, -0.0, 1, -1],
        "relu": [np.inf, 0, 0, 0, 200, 0],
        "hard_sigmoid": [1, 0, 0.5, 0.5, 1, 0],
    }
    for dtype in (np.float32, np.float64):
        for name, values in expected.items():
            # +-200 is beyond the range of float32 alone, +-2000 beyond that of both.
            used = x if name == "relu" else x * 10
            np.testing.assert_array_equal(_core.activation(name, used.astype(dtype)), values)
    assert np.signbit(_core.activation("tanh", x))[3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_nan_goes_through_in_every_lane(name: str, dtype: str) -> None:
    for count in (*range(1, 40), 67):
        for place in range(count):
            x = np.linspace(-3, 3, count).astype(dtype)
            x[place] = np.nan
            assert np.flatnonzero(np.isnan(_core.activation(name, x))).tolist() == [place]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_body_and_tail_have_the_same_bits(name: str, dtype: str) -> None:
    """A value gives the same result in each position of an array of any length."""
    values = np.random.default_rng(5).normal(0, 4, 67).astype(dtype)
    alone = np.concatenate([_core.activation(name, values[i : i + 1]) for i in range(len(values))])
    for start in range(34):
        for stop in (start + 1, start + 9, start + 17, 67):
            part = np.ascontiguousarray(values[start:stop])
            assert _core.activation(name, part).tobytes() == alone[start:stop].tobytes()


@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh"])
def test_float64_is_accurate(name: str) -> None:
    """Against long double, whose 64 bits of fraction are eleven more than those of float64."""
    x = np.random.default_rng(6).normal(0, 8, 100_000)
    wide = x.astype(np.longdouble)
    functions = {
        "exp": np.exp,
        "tanh": np.tanh,
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    }
    expected = functions[name](wide)
    _, exponent = np.frexp(np.abs(expected))
    ulp = np.ldexp(np.longdouble(1), exponent - 53)
    error = np.abs(_core.activation(name, x).astype(np.longdouble) - expected) / ulp
    assert float(error.max()) <= 4


def test_relu_and_hard_sigmoid_are_exact() -> None:
    x = sample()
    # Subnormal inputs are flushed, as everywhere in the core.
    x = x[np.isfinite(x) & ((np.abs(x) >= SMALLEST_NORMAL) | (x == 0))]
    np.testing.assert_array_equal(_core.activation("relu", x), np.maximum(x, 0))
    np.testing.assert_array_equal(_core.activation("linear", x), x)
    line = _core.activation("hard_sigmoid", x).astype(np.float64)
    exact = np.clip(x.astype(np.float64) + 3, 0, 6) / 6
    np.testing.assert_allclose(line, exact, rtol=0, atol=2.0**-23)


def _checksums(everything: bool) -> dict[str, str]:
    """The bits of each activation on each ISA; processes, because an ISA is chosen at import."""
    script = Path(__file__).with_name("activation_worker.py")
    found = {}
    for isa in ISAS:
        done = subprocess.run(
            [sys.executable, str(script), "all" if everything else "sample"],
            env=os.environ | {"TIDEGATE_ISA": isa}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found[isa] = done.stdout
    return found


def test_isas_agree_bit_for_bit() -> None:
    found = _checksums(everything=False)
    assert len(set(found.values())) == 1, found


@pytest.mark.slow
def test_isas_agree_bit_for_bit_on_every_float32() -> None:
    found = _checksums(everything=True)
    assert len(set(found.values())) == 1, found


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LIMITS))
def test_error_in_ulp_on_every_float32(name: str) -> None:
    worst, block = 0.0, 2**18  # stays in the cache
    for start in range(0, 2**32, block):
        x = np.arange(start, start + block, dtype=np.uint64).astype(np.uint32).view(np.float32)
        worst = max(worst, verify(name, lambda v: _core.activation(name, v), x))
    print(f"{name}: at most {worst:.3f} ULP")
    assert worst <= LIMITS[name]
