"""`_core.embedding_forward` and `embedding_backward`."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate import _core

both = pytest.mark.parametrize("dtype", ["float32", "float64"])


@both
@pytest.mark.parametrize(("count", "rows", "width"), [(0, 3, 2), (5, 1, 1), (4000, 300, 70)])
def test_lookup_and_gradient(dtype: str, count: int, rows: int, width: int) -> None:
    rng = np.random.default_rng(count)
    ids = rng.integers(0, rows, count).astype(np.int32)
    table = rng.normal(size=(rows, width)).astype(dtype)
    dy = rng.normal(size=(count, width)).astype(dtype)
    np.testing.assert_array_equal(_core.embedding_forward(ids, table), table[ids])
    # The order of the sum is that of the ids, so not a bit may differ.
    exact = np.zeros((rows, width), dtype)
    np.add.at(exact, ids, dy)
    np.testing.assert_array_equal(_core.embedding_backward(ids, dy, rows), exact)


@pytest.mark.parametrize("bad", [-1, 7, 2**31 - 1, -(2**31)])
def test_an_id_without_a_row_is_named_with_its_position(bad: int) -> None:
    ids = np.array([0, 6, bad, 3], np.int32)
    text = rf"\[embedding\] ids must be in .*\[0, 7\)\. Received: {bad} at position 2\. Hint"
    with pytest.raises(IndexError, match=text):
        _core.embedding_forward(ids, np.zeros((7, 2)))
    with pytest.raises(IndexError, match=text):
        _core.embedding_backward(ids, np.zeros((4, 2)), 7)


def test_ids_are_int32_and_one_axis() -> None:
    table = np.zeros((7, 2), np.float32)
    with pytest.raises(TypeError, match=r"\[embedding\] ids must have dtype int32.*int64"):
        _core.embedding_forward(np.zeros(3, np.int64), table)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"ids must be \[N\].*\[3, 1\]"):
        _core.embedding_forward(np.zeros((3, 1), np.int32), table)
    with pytest.raises(ValueError, match=r"dy must be \[N, D\] = \[3, D\].*\[4, 2\]"):
        _core.embedding_backward(np.zeros(3, np.int32), np.zeros((4, 2), np.float32), 7)
