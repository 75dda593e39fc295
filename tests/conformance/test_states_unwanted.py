"""Final states and gradients of initial ones that nobody wants: not made, nothing else moves."""

from __future__ import annotations

import core_calls
import pytest
from recurrent_cases import CELL_FORMS, FORM_IDS, MASK_KINDS, draw

from tidegate import _core


@pytest.mark.parametrize("mask_kind", MASK_KINDS)
@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_the_rest_has_the_same_bits(form: tuple[str, bool], mask_kind: str) -> None:
    for directions in (1, 2):
        case = draw(7, form=form, directions=directions, mask_kind=mask_kind).cast("float32")
        y, states, saved = core_calls.forward(case, training=True)
        dx, weights, dstates = _core.recurrent_backward(saved, case.dy, case.dstates)
        assert all(len(own) == len(states[0]) > 0 for own in (*states, *dstates))
        bare, none, saved = core_calls.forward(case, training=True, want_states=False)
        assert none == ((),) * directions
        bare_dx, bare_weights, none = _core.recurrent_backward(
            saved, case.dy, case.dstates, True, False
        )
        assert none == ((),) * directions
        pairs = [(y, bare), (dx, bare_dx)]
        for own, alone in zip(weights, bare_weights, strict=True):
            pairs.extend(zip(own, alone, strict=True))
        for kept, alone in pairs:
            assert (kept is None) == (alone is None)
            assert kept is None or kept.tobytes() == alone.tobytes()
