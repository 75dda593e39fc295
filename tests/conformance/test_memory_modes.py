"""What is kept for the backward pass, and truncated gradients, against "full" and the oracle."""

from __future__ import annotations

from collections.abc import Iterator

import core_calls
import numpy as np
import pytest
from float32_worker import arrays_of
from recurrent_cases import CELL_FORMS, FORM_IDS, MASK_KINDS, Case, draw, first_case, relative

from tidegate import _core
from tidegate.reference import recurrent_backward, recurrent_forward
from tidegate.reference.bptt import Gradients

EXACT = ("full", "recompute", "checkpoint")
# (B, T, I, H): 40 rows have 6 steps in a chunk of the sums, so these are 4 windows; 3 and 90 rows.
SIZES = ((40, 23, 5, 19), (3, 300, 2, 17), (90, 12, 4, 33))
THREADS = (("", 1), ("batch", 2), ("units", 3), ("2d", 8))
FORMS = pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)


@pytest.fixture(autouse=True)
def _threads_afterwards() -> Iterator[None]:
    before = _core.get_num_threads()
    yield
    _core.set_num_threads(before)


def cases(form: tuple[str, bool], dtype: str) -> Iterator[Case]:
    """Each kind of mask once, sizes and directions in turn, dropout and states as drawn."""
    for index, kind in enumerate(MASK_KINDS):
        yield draw(
            70 + index, form=form, sizes=SIZES[index % 3], directions=index % 2 + 1,
            mask_kind=kind, activations=("tanh", "sigmoid"),
        ).cast(dtype)  # fmt: skip


def gradients(
    case: Case, mode: str, truncate: int = 0, products: str = ""
) -> tuple[dict[str, np.ndarray], int]:
    """Every array of a training step, and the bytes kept for its second half."""
    packs = core_calls.pack(case, products=products)
    y, states, saved = core_calls.forward(
        case, training=True, packs=packs, remat=mode, truncate=truncate
    )
    size = saved.nbytes
    expected = _core.recurrent_saved_bytes(
        packs, *case.x.shape[:2], core_calls.mask_spec(case.mask), mode
    )
    assert (saved.remat, size) == (mode, expected)
    found = Gradients(*_core.recurrent_backward(saved, case.dy, case.dstates))
    assert saved.nbytes == 0
    return arrays_of(y, states, found), size


@pytest.mark.parametrize("products", ["float32", "float64", "bfloat16"])
@FORMS
def test_exact_modes_have_the_bits_of_full(
    form: tuple[str, bool], products: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for case in cases(form, "float64" if products == "float64" else "float32"):
        _core.set_num_threads(1)
        expected, all_bytes = gradients(case, "full", products=products)
        for mode in EXACT:
            for split, threads in THREADS:
                monkeypatch.setenv("TIDEGATE_SPLIT", split)
                _core.set_num_threads(threads)
                found, size = gradients(case, mode, products=products)
                different = [k for k in expected if expected[k].tobytes() != found[k].tobytes()]
                assert not different, (different, mode, split, threads, case)
                assert size < all_bytes or mode == "full"
        monkeypatch.setenv("TIDEGATE_SPLIT", "")


@FORMS
def test_bfloat16_rounds_what_is_kept(form: tuple[str, bool]) -> None:
    for case in cases(form, "float32"):
        expected, all_bytes = gradients(case, "full")
        found, size = gradients(case, "bfloat16")
        assert size <= all_bytes / 2
        assert found["forward.y"].tobytes() == expected["forward.y"].tobytes()
        for name, array in expected.items():
            assert relative(found[name], array) < 0.05, (name, case)
        assert any(found[k].tobytes() != expected[k].tobytes() for k in expected)


@FORMS
def test_truncated_gradients_equal_the_oracle(form: tuple[str, bool]) -> None:
    for case in cases(form, "float64"):
        whole = case.gradients()
        for truncate in (1, 4, 6):
            oracle = recurrent_backward(case.run(), case.dy, case.dstates, truncate)
            assert relative(oracle.dx, whole.dx) > 1e-9, case
            expected = arrays_of(case.run().y, case.run().states, oracle)
            for mode in EXACT:
                found, _ = gradients(case, mode, truncate)
                for name, array in expected.items():
                    np.testing.assert_allclose(
                        found[name], array, rtol=1e-9, atol=1e-11, err_msg=f"{name} {mode} {case}"
                    )


@FORMS
def test_truncating_is_cutting_the_sequence_by_hand(form: tuple[str, bool]) -> None:
    """The oracle's truncation: windows run one after another, states handed on as constants."""
    case = first_case(
        3, lambda c: c.return_sequences and c.go_backwards == (False,) and bool(c.dstates),
        form=form, sizes=(4, 11, 3, 5), directions=1, mask_kind="none", dropout="none",
        activations=("tanh",),
    )  # fmt: skip
    keywords = case.keywords()
    found = recurrent_backward(case.run(), case.dy, case.dstates, truncate=4)
    state, dx, sums = case.initial_state, [], 0.0
    for start in (0, 4, 8):
        steps = slice(start, start + 4)
        run = recurrent_forward(
            case.cell, case.x[:, steps], case.weights, **(keywords | {"initial_state": state})
        )  # type: ignore[arg-type]
        last = case.dstates if start == 8 else None
        part = recurrent_backward(run, case.dy[:, steps], last)
        state = run.states
        dx.append(part.dx)
        sums = sums + part.weights[0][1]
        if start == 0:
            np.testing.assert_allclose(found.states[0][0], part.states[0][0], rtol=1e-12)
    np.testing.assert_allclose(found.dx, np.concatenate(dx, axis=1), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.weights[0][1], sums, rtol=1e-12, atol=1e-15)


def test_less_can_be_kept_afterwards() -> None:
    case = draw(9, form=("lstm", True), sizes=SIZES[0], directions=2, mask_kind="holes").cast(
        "float32"
    )
    expected, _ = gradients(case, "full")
    for modes in (("recompute",), ("checkpoint",), ("recompute", "checkpoint")):
        y, states, saved = core_calls.forward(case, training=True)
        for mode in modes:
            before = saved.nbytes
            saved.shrink(mode)
            assert saved.nbytes < before
        found = Gradients(*_core.recurrent_backward(saved, case.dy, case.dstates))
        arrays = arrays_of(y, states, found)
        assert all(arrays[k].tobytes() == expected[k].tobytes() for k in expected)
    _, _, saved = core_calls.forward(case, training=True, remat="checkpoint")
    with pytest.raises(ValueError, match="cannot be kept in this mode now"):
        saved.shrink("full")


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_long_sequence_keeps_a_hundredth(cell: str) -> None:
    """The bar of the promise is a tenth at T 4096, B 8, H 128."""
    units, gates = 128, {"lstm": 4, "gru": 3}[cell]
    zeros = [np.zeros((n, gates * units), np.float32) for n in (units, units)]
    pack = _core.RecurrentWeights(cell, *zeros, None)
    size = {m: _core.recurrent_saved_bytes((pack,), 8, 4096, None, m) for m in EXACT}
    assert size["checkpoint"] <= size["full"] / 100
    assert size["checkpoint"] < size["recompute"] < size["full"]
