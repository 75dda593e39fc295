"""The oracle on its own: Keras' golden values, and its gradients along random directions.

That it computes what Keras computes is shown in `parity/`, which needs Keras.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from differences import STEP, quotient, smooth_case
from recurrent_cases import CELL_FORMS, FORM_IDS, MASK_KINDS, Case

from tidegate import reference
from tidegate.reference import Weights, recurrent_backward, recurrent_forward


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


def loss(case: Case, x: np.ndarray, weights: tuple[Weights, ...]) -> float:
    """sum(y * dy) + sum(states * dstates) at a moved point."""
    run = recurrent_forward(case.cell, x, weights, **case.keywords())  # type: ignore[arg-type]
    total = float((run.y * case.dy).sum())
    for pair, dpair in zip(run.states, case.dstates or ()):
        total += sum(float((s * d).sum()) for s, d in zip(pair, dpair))
    return total


@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_gradients_along_random_directions(form: tuple[str, bool]) -> None:
    for seed in range(30):
        case = smooth_case(seed, form, MASK_KINDS[seed % len(MASK_KINDS)])
        gradients = recurrent_backward(case.run(), case.dy, case.dstates)
        rng = np.random.default_rng(seed)
        along_x = rng.normal(size=case.x.shape)
        along = [
            [a if a is None else rng.normal(size=a.shape) for a in w[:3]] for w in case.weights
        ]
        expected = float((gradients.dx * along_x).sum())
        for directions, triple in zip(along, gradients.weights):
            for direction, gradient in zip(directions, triple):
                expected += 0 if direction is None else float((gradient * direction).sum())

        def loss_at(step: float, case=case, along=along, along_x=along_x) -> np.ndarray:
            weights = tuple(
                Weights(
                    *(a if a is None else a + step * d for a, d in zip(w[:3], directions)),
                    w.reset_after,
                )
                for w, directions in zip(case.weights, along)
            )
            return np.array(loss(case, case.x + step * along_x, weights))

        np.testing.assert_allclose(quotient(loss_at), expected, rtol=1e-6, atol=1e-8, err_msg=case)
    assert STEP < 1e-4


def test_the_oracle_never_imports_the_core() -> None:
    """It must stay independent of what it judges."""
    folder = Path(reference.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for name in names:
                assert name.split(".")[0] in {"__future__", "collections", "numpy", "typing"} or (
                    name.startswith("tidegate.reference")
                ), f"{path.name} imports {name}"
