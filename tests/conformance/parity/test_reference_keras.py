"""The NumPy oracle computes what Keras 3.15.1 computes: outputs, states, every gradient.

Keras runs in float32 (its torch backend rounds products of float64 arrays to float32), the oracle
in float64 on the same numbers.
"""

from __future__ import annotations

import keras_runner
import pytest
from recurrent_cases import CELL_FORMS, FORM_IDS, draw_case
from run_results import oracle, worst

CASES_PER_FORM = 60


@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_oracle_equals_keras(form: tuple[str, bool]) -> None:
    for seed in range(CASES_PER_FORM):
        case = draw_case(seed, form=form).cast("float32")
        error = worst(oracle(case.cast("float64")), keras_runner.run(case))
        assert error < 5e-6, case
