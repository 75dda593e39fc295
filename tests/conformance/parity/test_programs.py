"""Programs written for Keras end with Keras' weights when only the import is another."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from programs import PROGRAMS

import tidegate


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask")
def test_program(program: Any) -> None:
    theirs, ours = program(keras), program(tidegate)
    assert len(ours.weights) == len(theirs.weights)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    one, other = (getattr(m, "history", None) for m in (ours, theirs))
    if one is None:
        return
    assert sorted(one.history) == sorted(other.history)
    for key, values in other.history.items():
        np.testing.assert_allclose(one.history[key], values, rtol=1e-4, atol=1e-5, err_msg=key)
