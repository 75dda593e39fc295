"""The NumPy oracle computes what Keras 3.15.1 computes: outputs, states, every gradient.

Keras runs in float32 (its torch backend rounds products of float64 arrays to float32), the oracle
in float64 on the same numbers.
"""

from __future__ import annotations

import keras_runner
import numpy as np
import pytest
from recurrent_cases import CELL_FORMS, draw_case
from results import oracle, worst

from tidegate.reference import Weights, recurrent_forward

CASES_PER_FORM = 60


@pytest.mark.parametrize(
    "form", CELL_FORMS, ids=lambda f: f"{f[0]}-{'after' if f[1] else 'before'}"
)
def test_oracle_equals_keras(form: tuple[str, bool]) -> None:
    for seed in range(CASES_PER_FORM):
        case = draw_case(seed, form=form).cast("float32")
        error = worst(oracle(case.cast("float64")), keras_runner.run(case))
        assert error < 5e-6, case


def test_golden_values_of_keras_own_tests() -> None:
    """keras/src/layers/rnn/lstm_test.py: constant initializers, arange(72) as input."""
    x = np.arange(72, dtype=np.float64).reshape(3, 6, 4)
    bias = np.full(12, 0.03)
    bias[3:6] = 1.0
    weights = Weights(np.full((4, 12), 0.01), np.full((3, 12), 0.02), bias)
    forward = recurrent_forward("lstm", x, [weights]).y
    backward = recurrent_forward("lstm", x, [weights], go_backwards=[True]).y
    np.testing.assert_allclose(forward[:, 0], [0.6288687, 0.86899155, 0.9460773], rtol=1e-6)
    np.testing.assert_allclose(backward[:, 0], [0.35622165, 0.74789524, 0.8872726], rtol=1e-6)
