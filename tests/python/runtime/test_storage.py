"""How weights are kept."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.reference import quantized
from tidegate.runtime.storage import WEIGHTS, kept, quantize, restored


@pytest.mark.parametrize("axis", [0, 1])
def test_whole_numbers_are_those_of_the_oracle(axis: int) -> None:
    matrix = np.random.default_rng(3).normal(size=(9, 5)).astype(np.float32)
    matrix[:, 2] = 0
    matrix[4] *= 1e-35
    for found, expected in zip(
        quantize(matrix, axis), quantized.quantize(matrix, axis), strict=True
    ):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_errors_are_half_a_scale_at_most() -> None:
    matrix = np.random.default_rng(4).normal(size=(50, 20)).astype(np.float32)
    whole, scale = quantize(matrix)
    assert np.abs(whole).max(axis=0).tolist() == [127] * 20
    assert (np.abs(whole * scale - matrix) <= 0.5001 * scale).all()


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("name", ["kernel", "embeddings"])
def test_keeping_what_was_kept_changes_nothing(weights: str, name: str) -> None:
    matrix = np.random.default_rng(5).normal(size=(30, 40)).astype(np.float32)
    once = kept("layer", {name: matrix.copy()}, weights)
    again = kept("layer", {name: restored(name, once)}, weights)
    assert once.keys() == again.keys()
    for key in once:
        assert once[key].tobytes() == again[key].tobytes()


def test_a_scale_comes_back_from_every_float() -> None:
    # largest -> scale -> 127 * scale -> scale, for all mantissas.
    largest = (np.arange(2**23, dtype=np.uint32) | 0x3F800000).view(np.float32)
    scale = largest / np.float32(127)
    np.testing.assert_array_equal(scale * np.float32(127) / np.float32(127), scale)


def test_float16_overflows_to_infinity_without_a_warning() -> None:
    found = kept("layer", {"kernel": np.float32([[1e6, 1.0]])}, "float16")["kernel"]
    assert found.tolist() == [[np.inf, 1.0]]
