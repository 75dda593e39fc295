"""The NumPy oracle computes what torch 2.13.0 computes, where torch can say it."""

from __future__ import annotations

import pytest
import torch_runner
from recurrent_cases import draw_torch_case
from run_results import oracle, worst

FORMS = (("simple_rnn", True), ("lstm", True), ("gru", True))


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f[0])
def test_oracle_equals_torch(form: tuple[str, bool]) -> None:
    for seed in range(60):
        case = draw_torch_case(seed, form).cast("float32")
        assert worst(oracle(case.cast("float64")), torch_runner.run(case)) < 5e-6, case
