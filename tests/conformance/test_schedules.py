"""Forward and backward of one layer: the same bits for every team and every forced schedule.

`reliability/test_determinism.py` shows it for a whole training; here each cell, mask and direction
is asked on its own, so that a failure names the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

import core_calls
import numpy as np
import pytest
from float32_worker import arrays_of
from recurrent_cases import CELL_FORMS, FORM_IDS, MASK_KINDS, Case, draw

from tidegate import _core

# (B, T, I, H): enough rows and units for eight threads, odd enough for ragged shares.
SIZES = ((1, 9, 5, 70), (13, 6, 7, 37), (33, 5, 16, 129), (5, 17, 3, 64))
THREADS = (1, 2, 3, 8)
SPLITS = ("", "batch", "units", "2d")


@pytest.fixture(autouse=True)
def _threads_afterwards() -> Iterator[None]:
    before = _core.get_num_threads()
    yield
    _core.set_num_threads(before)


def bits(case: Case) -> tuple[dict[str, bytes], set[tuple[int, str]]]:
    """Every array of the case, and the teams and schedules that made them."""
    y, states, saved = core_calls.forward(case, training=True)
    ran = {(_core.last_run()["threads"], _core.last_run()["schedule"])}
    dx, weights, dstates = _core.recurrent_backward(saved, case.dy, case.dstates)
    ran.add((_core.last_run()["threads"], _core.last_run()["schedule"]))
    gradients = core_calls.Gradients(dx, weights, dstates)
    return {k: v.tobytes() for k, v in arrays_of(y, states, gradients).items()}, ran


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_bits_do_not_depend_on_the_schedule(
    form: tuple[str, bool], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[int, str]] = set()
    for index, sizes in enumerate(SIZES):
        for directions in (1, 2):
            kind = MASK_KINDS[(2 * index + directions) % len(MASK_KINDS)]
            case = draw(
                50 + index, form=form, sizes=sizes, directions=directions, mask_kind=kind,
                activations=("tanh", "hard_sigmoid"),
            ).cast(dtype)  # fmt: skip
            _core.set_num_threads(1)
            expected, _ = bits(case)
            for split in SPLITS:
                monkeypatch.setenv("TIDEGATE_SPLIT", split)
                for threads in THREADS:
                    _core.set_num_threads(threads)
                    found, ran = bits(case)
                    seen |= ran
                    different = [k for k in expected if expected[k] != found[k]]
                    assert not different, (different, split, threads, case)
            monkeypatch.setenv("TIDEGATE_SPLIT", "")
    assert {schedule for _, schedule in seen} >= {"single", "batch", "units", "2d"}
    assert {threads for threads, _ in seen} >= set(THREADS)


@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_a_row_of_a_masked_batch_has_the_bits_of_the_row_alone(form: tuple[str, bool]) -> None:
    """Outputs, states and dx; sums over rows (weight gradients) are another matter."""
    for seed in range(12):
        kind = MASK_KINDS[seed % len(MASK_KINDS)]
        case = draw(seed, form=form, sizes=(7, 6, 5, 19), mask_kind=kind, dropout="none",
                    activations=("tanh",)).cast("float32")  # fmt: skip
        y, states, _ = core_calls.forward(case, training=False)
        dx = core_calls.backward(case).dx
        for row in range(7):
            alone = case.rows(slice(row, row + 1))
            y_alone, states_alone, _ = core_calls.forward(alone, training=False)
            assert y_alone.tobytes() == y[row].tobytes(), case
            for ours, theirs in zip(states_alone, states):
                assert [s.tobytes() for s in ours] == [s[row].tobytes() for s in theirs], case
            assert core_calls.backward(alone).dx.tobytes() == dx[row].tobytes(), case


def test_arguments_are_never_written() -> None:
    for seed in range(40):
        case = draw(seed, activations=("tanh",)).cast("float32")
        arrays = [case.x, case.dy, *(a for w in case.weights for a in w[:3] if a is not None)]
        for group in (case.initial_state, case.dstates):
            arrays += [a for pair in group or () for a in pair]
        for factors in (case.x_dropout, case.h_dropout):
            arrays += [a for a in factors or () if a is not None]
        before = [a.tobytes() for a in arrays]
        for array in arrays:
            array.flags.writeable = False
        core_calls.backward(case)
        assert [a.tobytes() for a in arrays] == before, case
        assert np.isfinite(case.x).all()
