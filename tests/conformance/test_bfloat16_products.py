"""Products of bfloat16 with float32 sums: one set of bits, exact where operands are, else near.

Operands are rounded once to 8 bits of precision, relative 2^-9; sums are float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import core_calls
import numpy as np
import pytest
from float32_worker import arrays_of, float32_cases, run_isas
from recurrent_cases import CELL_FORMS, FORM_IDS, MASK_KINDS, Case, draw, relative

from tidegate import _core

ISAS = _core.available_isas()
# Norm-wise, of every array: a few roundings of the operands, through some steps.
BOUND = {"forward": 2.0**-5, "backward": 2.0**-3}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, np.ndarray]]:
    """All arrays of all cases, by ISA."""
    return run_isas(tmp_path_factory.mktemp("isa"), "bfloat16")


def test_every_isa_gives_the_same_bits(runs: dict[str, dict[str, np.ndarray]]) -> None:
    for isa in ISAS[1:]:
        different = [
            name for name, a in runs[ISAS[0]].items() if a.tobytes() != runs[isa][name].tobytes()
        ]
        assert not different, (isa, different[:5], len(different))


def test_every_array_is_near_the_oracle(runs: dict[str, dict[str, np.ndarray]]) -> None:
    errors: dict[str, list[float]] = {"forward": [], "backward": []}
    for index, case in enumerate(float32_cases()):
        exact = case.cast("float64")
        run = exact.run()
        for name, expected in arrays_of(run.y, run.states, exact.gradients()).items():
            if not np.any(expected):
                continue
            error = relative(runs[ISAS[0]][f"{index}.{name}"], expected)
            errors[name.split(".")[0]].append(error)
            assert error < BOUND[name.split(".")[0]], (name, case)
    # They are products of bfloat16, not of float32.
    assert np.median(errors["forward"]) > 2.0**-12
    assert np.median(errors["forward"]) < 2.0**-8
    assert np.median(errors["backward"]) < 2.0**-7


def whole_numbers(case: Case, seed: int) -> Case:
    """The case over small whole numbers, which bfloat16 and every sum hold exactly."""
    rng = np.random.default_rng(seed)

    def like(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else rng.integers(-1, 2, array.shape).astype(np.float64)

    def group(arrays: object) -> object:
        return arrays and tuple(tuple(like(a) for a in pair) for pair in arrays)  # type: ignore[attr-defined]

    weights = tuple(
        w._replace(
            kernel=like(w.kernel), recurrent_kernel=like(w.recurrent_kernel), bias=like(w.bias)
        )
        for w in case.weights
    )
    return replace(
        case, x=like(case.x), weights=weights, dy=like(case.dy), activation="linear",
        initial_state=group(case.initial_state), dstates=group(case.dstates),
    )  # fmt: skip


def test_whole_numbers_are_exact() -> None:
    for seed in range(24):
        sizes = ((3, 2, 9, 7), (1, 2, 1, 3), (17, 2, 6, 33), (300, 1, 5, 20))[seed % 4]
        kind = MASK_KINDS[seed % len(MASK_KINDS)]
        case = draw(seed, form=("simple_rnn", True), sizes=sizes, mask_kind=kind, dropout="none")
        case = whole_numbers(case, seed).cast("float32")
        packs = core_calls.pack(case, products="bfloat16")
        y, states, _ = core_calls.forward(case, training=False, packs=packs)
        expected = case.run()
        for ours, theirs in zip(
            arrays_of(y, states, core_calls.backward(case, packs)).items(),
            arrays_of(expected.y, expected.states, case.gradients()).items(),
        ):
            np.testing.assert_array_equal(ours[1], theirs[1], str((ours[0], case)))


@pytest.fixture
def _threads_afterwards() -> Iterator[None]:
    before = _core.get_num_threads()
    yield
    _core.set_num_threads(before)


@pytest.mark.usefixtures("_threads_afterwards")
@pytest.mark.parametrize("form", CELL_FORMS, ids=FORM_IDS)
def test_bits_do_not_depend_on_the_schedule(
    form: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for index, sizes in enumerate(((1, 9, 5, 70), (13, 6, 7, 37), (33, 5, 16, 129))):
        kind = MASK_KINDS[(index + len(form[0])) % len(MASK_KINDS)]
        case = draw(60 + index, form=form, sizes=sizes, mask_kind=kind, activations=("tanh",))
        case = case.cast("float32")
        packs = core_calls.pack(case, products="bfloat16")
        expected: dict[str, bytes] = {}
        for split, threads in (("", 1), ("batch", 3), ("units", 2), ("2d", 8)):
            monkeypatch.setenv("TIDEGATE_SPLIT", split)
            _core.set_num_threads(threads)
            y, states, _ = core_calls.forward(case, training=True, packs=packs)
            gradients = core_calls.backward(case, packs)
            found = {k: v.tobytes() for k, v in arrays_of(y, states, gradients).items()}
            assert found == (expected or found), (split, threads, case)
            expected = found


def test_what_runs_can_be_asked() -> None:
    case = draw(1, form=("lstm", True)).cast("float32")
    core_calls.forward(case, training=False, packs=core_calls.pack(case, products="bfloat16"))
    ran = _core.last_run()["isa"]
    assert ran in (_core.isa(), "avx512_bf16")
    core_calls.forward(case, training=False)
    assert _core.last_run()["isa"] == _core.isa()


def test_products_that_the_weights_do_not_have() -> None:
    case = draw(1, form=("lstm", True))
    with pytest.raises(ValueError, match=r"^\[RecurrentWeights\] products must be those of"):
        core_calls.pack(case, products="bfloat16")
    with pytest.raises(ValueError, match=r"^\[RecurrentWeights\] products must be those of"):
        core_calls.pack(case.cast("float32"), products="float16")
