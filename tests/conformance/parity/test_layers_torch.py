"""Layers of tidegate and of torch 2.13.0 with equal weights: outputs, states, every gradient.

200 random configurations of nn.RNN, nn.LSTM and nn.GRU (reset_after, its gates reordered), one and
two directions, with padding through PackedSequence. All within 1e-5, norm-wise, array by array.
"""

from __future__ import annotations

import numpy as np
import pytest
import tidegate_runner
import torch_runner
from recurrent_cases import draw_torch_case
from run_results import worst


@pytest.mark.parametrize("form", [("simple_rnn", True), ("lstm", True), ("gru", True)], ids=str)
def test_layers_equal_torch(form: tuple[str, bool]) -> None:
    errors = []
    for seed in range(200):
        case = draw_torch_case(seed, form).cast("float32")
        errors.append(worst(tidegate_runner.run(case), torch_runner.run(case)))
        assert errors[-1] <= 1e-5, case
    print(f"{form}: worst {max(errors):.2e}, median {np.median(errors):.2e}")
