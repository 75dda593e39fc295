"""CategoryEncoding."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import CategoryEncoding, Input

IDS = np.array([[0, 2, 2], [1, 1, 3]])


def test_modes():
    assert CategoryEncoding(4)(IDS).numpy().tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]]
    assert CategoryEncoding(4, "count")(IDS).numpy().tolist() == [[1, 0, 2, 0], [0, 2, 0, 1]]
    assert CategoryEncoding(4, "one_hot")(IDS[:, 0]).numpy().tolist() == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
    ]
    weighted = CategoryEncoding(4, "count")(IDS, count_weights=np.full((2, 3), 0.5))
    assert weighted.numpy().tolist() == [[0.5, 0, 1, 0], [0, 1, 0, 0.5]]
    assert CategoryEncoding(4)(Input((3,), dtype="int32")).shape == (None, 4)
    assert CategoryEncoding(4, "one_hot")(Input((3,), dtype="int32")).shape == (None, 3, 4)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: CategoryEncoding(), "num_tokens must be a positive int"),
        (lambda: CategoryEncoding(0), "num_tokens must be a positive int"),
        (lambda: CategoryEncoding(3, "tf_idf"), "unknown output_mode"),
        (lambda: CategoryEncoding(3)(IDS, count_weights=IDS), "count_weights go with"),
    ],
)
def test_errors(make, match):
    with pytest.raises(ValueError, match=match):
        make()
