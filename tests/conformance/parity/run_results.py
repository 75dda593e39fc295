"""What a run gives back, and how two of them are compared."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from recurrent_cases import Case, relative


class Result(NamedTuple):
    """y, the final states, and the gradients of x, the weights and the initial states, all flat."""

    y: np.ndarray
    states: list[np.ndarray]
    dx: np.ndarray
    dweights: list[np.ndarray]
    dstates: list[np.ndarray]


def oracle(case: Case) -> Result:
    """The quantities of a case from the reference, in Keras' order."""
    run, gradients = case.run(), case.gradients()
    return Result(
        run.y,
        [s for pair in run.states for s in pair],
        gradients.dx,
        [a for triple in gradients.weights for a in triple if a is not None],
        [s for pair in gradients.states for s in pair] if case.initial_state else [],
    )


def worst(actual: Result, expected: Result) -> float:
    """The largest norm-wise relative difference of any array of two results."""
    pairs = [(actual.y, expected.y), (actual.dx, expected.dx)]
    for name in ("states", "dweights", "dstates"):
        ours, theirs = getattr(actual, name), getattr(expected, name)
        assert len(ours) == len(theirs), name
        pairs += list(zip(ours, theirs))
    assert all(a.shape == e.shape for a, e in pairs), [(a.shape, e.shape) for a, e in pairs]
    return max(relative(a, e) for a, e in pairs)
