"""Backpropagation of the core in float64 against fourth-order central differences, elementwise.

4 cells x 6 kinds of masks x 26 draws = 624 configurations over sizes (1 and odd ones too), bias,
directions, initial states, gradients of the states, return flags, dropout factors per gate and the
closed list of activations.
"""

from __future__ import annotations

import core_calls
import numpy as np
import pytest
from differences import input_gradient, smooth_case, state_gradients, weight_gradients
from recurrent_cases import CELL_FORMS, FORM_IDS, MASK_KINDS, Case

DRAWS = 26


def check(actual: np.ndarray, expected: np.ndarray, name: str, case: Case) -> None:
    np.testing.assert_allclose(
        actual, expected, rtol=1e-6, atol=1e-8, err_msg=f"{name} of {case!r}"
    )


@pytest.mark.parametrize("mask_kind", MASK_KINDS)
@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_gradients_equal_differences(form: tuple[str, bool], mask_kind: str) -> None:
    for seed in range(DRAWS):
        case = smooth_case(seed, form, mask_kind)
        gradients = core_calls.backward(case)
        check(gradients.dx, input_gradient(case), "dx", case)
        for ours, theirs in zip(gradients.weights, weight_gradients(case), strict=True):
            for name, one, other in zip(("dW", "dU", "db"), ours, theirs, strict=True):
                assert (one is None) == (other is None), (name, case)
                if one is not None:
                    check(one, other, name, case)
        for ours, theirs in zip(gradients.states, state_gradients(case)):
            for name, one, other in zip(("dh0", "dc0"), ours, theirs):
                check(one, other, name, case)


@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_core_equals_oracle_in_float64(form: tuple[str, bool]) -> None:
    """The same cases against the hand-written NumPy: forward and backward to 1e-11."""
    for seed in range(DRAWS):
        for mask_kind in MASK_KINDS:
            case = smooth_case(seed, form, mask_kind)
            expected, gradients = case.run(), case.gradients()
            y, states, _ = core_calls.forward(case, training=False)
            np.testing.assert_allclose(y, expected.y, rtol=1e-11, atol=1e-12, err_msg=repr(case))
            for ours, theirs in zip(states, expected.states, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12, err_msg=repr(case))
            actual = core_calls.backward(case)
            np.testing.assert_allclose(actual.dx, gradients.dx, rtol=1e-9, atol=1e-11)
            for ours, theirs in zip(actual.weights + actual.states,
                                    gradients.weights + gradients.states, strict=True):  # fmt: skip
                for one, other in zip(ours, theirs, strict=True):
                    if other is not None:
                        np.testing.assert_allclose(
                            one, other, rtol=1e-9, atol=1e-11, err_msg=repr(case)
                        )


def test_training_and_inference_are_one_arithmetic() -> None:
    """The forward pass that saves for backward gives the bits of the one that does not."""
    for seed in range(40):
        case = smooth_case(seed, CELL_FORMS[seed % 4], MASK_KINDS[seed % 6])
        y, states, saved = core_calls.forward(case, training=True)
        y_inference, states_inference, nothing = core_calls.forward(case, training=False)
        assert saved.nbytes > 0
        assert nothing is None
        assert y.tobytes() == y_inference.tobytes(), case
        for ours, theirs in zip(states, states_inference):
            assert [s.tobytes() for s in ours] == [s.tobytes() for s in theirs], case


def test_saved_is_consumed() -> None:
    case = smooth_case(0, ("lstm", True), "none")
    _, _, saved = core_calls.forward(case, training=True)
    core_calls._core.recurrent_backward(saved, case.dy, case.dstates)
    with pytest.raises(RuntimeError):
        core_calls._core.recurrent_backward(saved, case.dy, case.dstates)
