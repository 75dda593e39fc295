"""Central differences of a recurrent layer, and which cases they may be asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import core_calls
import numpy as np
from recurrent_cases import UNBOUNDED, Case, first_case, well_conditioned

from tidegate.reference import Weights, activations
from tidegate.reference.activations import Activation

# Small enough that no kink lies within reach (see MARGIN), large enough that the rounding of
# float64, about 1e-15 / STEP, stays far below the tolerance.
STEP = 5e-5
MARGIN = 0.01
KINKS = {"relu": (0.0,), "hard_sigmoid": (-3.0, 3.0)}
STENCIL = ((-2, 1.0), (-1, -8.0), (1, 8.0), (2, -1.0))


def _kink_distance(case: Case) -> float:
    """How near any input of an activation comes to a point where that has no derivative."""
    nearest = [np.inf]

    def recorded(name: str) -> Activation:
        plain = activations.get(name)

        def forward(z: np.ndarray) -> np.ndarray:
            for kink in KINKS.get(name, ()):
                distance = np.abs(z - kink)
                # An exact zero is a sum of nothing (relu candidates that are all off): it stays.
                nearest.append(float(distance[distance > 0].min(initial=np.inf)))
            return plain.forward(z)

        return plain._replace(forward=forward)

    case.run(
        activation=recorded(case.activation),
        recurrent_activation=recorded(case.recurrent_activation),
    )
    return min(nearest)


def differentiable(case: Case) -> bool:
    """No kink in reach, and no explosion through unbounded gates."""
    used = {case.activation, case.recurrent_activation}
    if used & set(KINKS) and _kink_distance(case) < MARGIN:
        return False
    return not used & set(UNBOUNDED) or well_conditioned(case)


def smooth_case(seed: int, form: tuple[str, bool], mask_kind: str) -> Case:
    """A case whose gradient differences can measure."""
    rng = np.random.default_rng([3, seed])
    sizes = (
        int(rng.integers(1, 4)), int(rng.integers(1, 6)),
        int(rng.choice([1, 2, 3, 5])), int(rng.choice([1, 2, 3, 5])),
    )  # fmt: skip
    return first_case(seed, differentiable, form=form, mask_kind=mask_kind, sizes=sizes)


def row_losses(case: Case, **changes: object) -> np.ndarray:
    """sum(y * dy) + sum(states * dstates) for each row of the batch, [B]."""
    y, states, _ = core_calls.forward(case, training=False, **changes)
    loss = (y * case.dy).reshape(len(y), -1).sum(axis=1)
    for pair, dpair in zip(states, case.dstates or ()):
        for state, dstate in zip(pair, dpair):
            loss = loss + (state * dstate).sum(axis=1)
    return loss


def quotient(loss_at: Callable[[float], np.ndarray]) -> np.ndarray:
    """(f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12 h: wrong by terms of h^4."""
    return sum(factor * loss_at(k * STEP) for k, factor in STENCIL) / (12 * STEP)  # type: ignore[return-value]


def by_row(array: np.ndarray, loss_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The gradient of an array [B, ...] of which row b moves the loss of row b alone.

    One element of every row is moved at once: rows are independent, so each sees only its own.
    """
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape[1:]):
        at = (slice(None), *index)

        def loss_at(step: float, at: tuple[object, ...] = at) -> np.ndarray:
            moved = array.copy()
            moved[at] += step
            return loss_of(moved)

        gradient[at] = quotient(loss_at)
    return gradient


def by_element(array: np.ndarray, loss_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The gradient of weights, which move every row."""
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):

        def loss_at(step: float, index: tuple[int, ...] = index) -> np.ndarray:
            moved = array.copy()
            moved[index] += step
            return loss_of(moved).sum()

        gradient[index] = quotient(loss_at)
    return gradient


def weight_gradients(case: Case) -> Iterator[tuple[np.ndarray | None, ...]]:
    """Per direction (dW, dU, db) by differences."""
    packs = core_calls.pack(case)
    for d, weights in enumerate(case.weights):

        def loss_with(changed: Weights, d: int = d) -> np.ndarray:
            moved = list(packs)
            moved[d] = core_calls.pack(case, (changed,))[0]
            return row_losses(case, packs=tuple(moved))

        yield tuple(
            None
            if getattr(weights, name) is None
            else by_element(
                getattr(weights, name),
                lambda a, w=weights, name=name: loss_with(w._replace(**{name: a})),
            )
            for name in ("kernel", "recurrent_kernel", "bias")
        )


def input_gradient(case: Case) -> np.ndarray:
    """dx by differences."""
    packs = core_calls.pack(case)
    return by_row(case.x, lambda x: row_losses(case, packs=packs, x=x))


def state_gradients(case: Case) -> Iterator[tuple[np.ndarray, ...]]:
    """Per direction (dh0,) or (dh0, dc0) by differences; nothing without initial states."""
    packs = core_calls.pack(case)
    for d, pair in enumerate(case.initial_state or ()):

        def loss_with(value: np.ndarray, s: int, d: int = d) -> np.ndarray:
            states = [list(p) for p in case.initial_state or ()]
            states[d][s] = value
            return row_losses(case, packs=packs, initial_state=tuple(tuple(p) for p in states))

        yield tuple(by_row(a, lambda v, s=s: loss_with(v, s)) for s, a in enumerate(pair))
