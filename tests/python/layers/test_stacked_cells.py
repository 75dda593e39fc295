"""StackedRNNCells."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import GRUCell, LSTMCell, StackedRNNCells


def test_sizes_and_one_step():
    cells = StackedRNNCells([LSTMCell(4), GRUCell(5)], name="stack")
    assert cells.state_size == [[4, 4], 5]
    assert cells.output_size == 5
    y, states = cells(np.zeros((2, 3), np.float32), cells.get_initial_state(2))
    assert y.shape == (2, 5)
    assert [len(s) if isinstance(s, list) else 1 for s in states] == [2, 1]
    assert len(cells.weights) == 6
    again = StackedRNNCells.from_config(cells.get_config())
    assert again.get_config() == cells.get_config()


def test_errors():
    with pytest.raises(ValueError, match="all cells must have call"):
        StackedRNNCells([object()])
