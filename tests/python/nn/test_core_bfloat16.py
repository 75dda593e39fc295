"""float32 to bfloat16 and back in the core: nearest, ties to even, NaN, subnormals, shapes."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import _core

BITS = np.arange(2**16, dtype=np.uint16)


def as_float(bits: np.ndarray) -> np.ndarray:
    return np.asarray(bits, np.uint32).view(np.float32)


def test_widening_is_exact_for_every_value() -> None:
    values = _core.from_bfloat16(BITS)
    np.testing.assert_array_equal(values.view(np.uint32), BITS.astype(np.uint32) << 16)


def test_every_value_comes_back() -> None:
    values = _core.from_bfloat16(BITS)
    again = _core.to_bfloat16(values)
    number = ~np.isnan(values)
    np.testing.assert_array_equal(again[number], BITS[number])
    assert np.isnan(_core.from_bfloat16(again[~number])).all()


@pytest.mark.parametrize("lower", [1, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
def test_rounds_to_the_nearest_and_ties_to_even(lower: int) -> None:
    """Against the distances to both neighbours, in float64."""
    upper = BITS[np.isfinite(_core.from_bfloat16(BITS))]
    x = as_float(upper.astype(np.uint32) << 16 | lower)
    inner = as_float(upper.astype(np.uint32) << 16).astype(np.float64)
    away = (upper + np.uint16(1)).astype(np.uint16)
    with np.errstate(invalid="ignore"):
        outer = as_float(away.astype(np.uint32) << 16).astype(np.float64)
    outer = np.where(np.isinf(outer), np.copysign(2.0**128, inner), outer)
    below, above = np.abs(x - inner), np.abs(outer - x)
    even = np.where(upper % 2 == 0, upper, away)
    expected = np.where(below < above, upper, np.where(above < below, away, even))
    np.testing.assert_array_equal(_core.to_bfloat16(x), expected)


def test_nan_stays_nan_and_infinity_infinity() -> None:
    x = as_float(np.array([0x7F800001, 0xFF80FFFF, 0x7FC00000, 0x7F800000, 0xFF800000], np.uint32))
    got = _core.from_bfloat16(_core.to_bfloat16(x))
    assert np.isnan(got[:3]).all()
    np.testing.assert_array_equal(got[3:], [np.inf, -np.inf])


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (7,), (2, 3, 5)])
def test_any_shape(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    bits = _core.to_bfloat16(np.asarray(x))
    assert (bits.shape, bits.dtype) == (shape, np.uint16)
    back = _core.from_bfloat16(bits)
    assert (back.shape, back.dtype) == (shape, np.float32)


def test_the_report_of_the_last_run_is_left_alone() -> None:
    """A conversion belongs to the call whose arguments or results it converts."""
    _core.softmax(np.zeros((2, 3), np.float32))
    before = _core.last_run()
    _core.to_bfloat16(np.zeros(10**6, np.float32))
    assert _core.last_run() == before


def test_other_dtypes_and_strides_are_refused() -> None:
    x = np.zeros((4, 4), np.float32)
    with pytest.raises(TypeError, match=r"\[to_bfloat16\] x must have dtype float32.*float64"):
        _core.to_bfloat16(x.astype(np.float64))
    with pytest.raises(TypeError, match=r"\[from_bfloat16\] x must have dtype uint16.*int16"):
        _core.from_bfloat16(x.astype(np.int16))
    with pytest.raises(TypeError, match=r"\[from_bfloat16\] x must be a NumPy array of uint16"):
        _core.from_bfloat16([1, 2])
    with pytest.raises(ValueError, match=r"\[to_bfloat16\] x must be C-contiguous"):
        _core.to_bfloat16(x.T[:, ::2])
