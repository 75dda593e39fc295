"""Distances in units in the last place of float32."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


def exact(name: str, x: np.ndarray) -> np.ndarray:
    """exp, sigmoid or tanh of float32 values in float64, whose error is far below a float32 ULP."""
    # "invalid" is what widening a signalling NaN raises.
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        wide = x.astype(np.float64)
        if name == "exp":
            return np.exp(wide)
        if name == "tanh":
            return np.tanh(wide)
        e = np.exp(-np.abs(wide))
        return np.where(wide >= 0, 1 / (1 + e), e / (1 + e))


def spacing(value: np.ndarray) -> np.ndarray:
    """The float32 ULP at a float64 value that is normal in float32."""
    _, exponent = np.frexp(np.abs(value))
    return np.ldexp(1.0, exponent - 24)


def errors(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """|actual - expected| in ULP of float32, where expected is finite and normal in float32."""
    return np.abs(actual.astype(np.float64) - expected) / spacing(expected)


def verify(name: str, evaluate: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> float:
    """Check every promise of one activation on x (float32) and return the largest error in ULP."""
    y = evaluate(x)
    expected = exact(name, x)
    with np.errstate(over="ignore"):
        rounded = expected.astype(np.float32)
    nan = np.isnan(x)
    assert np.isnan(y[nan]).all(), f"{name} launders a NaN"
    assert not np.isnan(y[~nan]).any(), f"{name} makes a NaN"
    finite = ~nan & np.isfinite(rounded)
    overflow = ~nan & ~np.isfinite(rounded)
    # Within the allowed error of the largest float either side of the threshold is right.
    assert (y[overflow] >= np.float32(3.4028e38)).all(), f"{name} overflows too late"
    normal = finite & (np.abs(expected) >= SMALLEST_NORMAL)
    tiny = finite & ~normal
    off = np.abs(y[tiny].astype(np.float64) - expected[tiny])
    assert (np.abs(y[tiny]) <= SMALLEST_NORMAL).all(), f"{name} is too large below the normals"
    flushed = (y[tiny] == 0) | (off <= 2.0**-149)
    assert flushed.all(), f"{name}({x[tiny][~flushed][:3]}) is neither 0 nor exact"
    return float(errors(y[normal], expected[normal]).max(initial=0))
