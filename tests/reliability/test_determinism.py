"""Bits do not depend on threads, schedule, ISA, the place of a row in its batch, or streaming."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reliable_models import CELLS, classifier, sentences, sequence_model

import tidegate
from tidegate import _core, layers

THREADS = (1, 2, 3, 8)
SPLITS = ("auto", "batch", "units", "2d")
STEPS = 50


# The fast suite takes each schedule, each team and each ISA; the slow one every combination.
FAST = (
    ("auto", 1, "full"),
    ("batch", 2, "recompute"),
    ("units", 3, "checkpoint"),
    ("2d", 8, "full"),
)
MEMORY_MODES = ("full", "recompute", "checkpoint", "30000")  # the last: bytes for the model


def trainings(configurations: Sequence[tuple[str, int, str]], policy: str) -> list[dict[str, Any]]:
    """50 training steps on each ISA for each (schedule, threads, memory mode)."""
    script = Path(__file__).with_name("determinism_worker.py")
    asked = ",".join(f"{split}:{threads}:{mode}" for split, threads, mode in configurations)
    found = []
    for isa in _core.available_isas():
        done = subprocess.run(
            [sys.executable, str(script), str(STEPS), asked, policy],
            env=os.environ | {"TIDEGATE_ISA": isa}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        report = json.loads(done.stdout)
        assert report["isa"] == isa
        assert len(report["runs"]) == len(configurations)
        found += [run | {"isa": isa} for run in report["runs"]]
    return found


def check_what_ran(run: dict[str, Any]) -> None:
    """Equal bits prove nothing if every run was the same run."""
    teams = {threads for _, threads, _ in run["ran"]}
    schedules = {schedule for _, _, schedule in run["ran"]}
    ops = {op.split()[0] for op, _, _ in run["ran"]}
    assert {"lstm", "gru"} <= ops, run
    assert max(teams) <= run["threads"], run
    if run["threads"] == 1:
        assert schedules == {"single"}, run
    elif run["split"] in ("batch", "units"):
        assert max(teams) == run["threads"], run
        # "single" is one direction of two on a thread of its own.
        assert run["split"] in schedules, run
        assert not schedules - {run["split"], "single"}, run
    elif run["split"] == "2d" and run["threads"] == 8:
        assert "2d" in schedules, run
        assert max(teams) == 8, run
    elif run["split"] == "2d":
        assert max(teams) > 1, run
    # "auto" may find this model too small for a second thread.


def check_trainings(configurations: Sequence[tuple[str, int, str]], policy: str = "float32") -> str:
    """Every run really was what was asked for, and all have the same bits: their hash."""
    found = trainings(configurations, policy)
    for run in found:
        check_what_ran(run)
    hashes = {run["hash"] for run in found}
    assert len(hashes) == 1, [(r["isa"], r["split"], r["threads"], r["hash"][:8]) for r in found]
    return hashes.pop()


def test_trainings_have_the_same_bits() -> None:
    narrow = check_trainings(FAST, "mixed_bfloat16")
    assert check_trainings(FAST) != narrow


@pytest.mark.slow
def test_trainings_have_the_same_bits_in_every_combination() -> None:
    check_trainings([(split, threads, "full") for split in SPLITS for threads in THREADS])
    check_trainings([("auto", 2, mode) for mode in MEMORY_MODES])


def test_training_twice_gives_the_same_bits_in_one_process() -> None:
    ids, labels = sentences(26)
    weights = []
    for _ in range(2):
        model = classifier()
        model.fit(ids, labels, batch_size=13, epochs=2, verbose=0)
        weights.append([w.tobytes() for w in model.get_weights()])
    assert weights[0] == weights[1]


@pytest.mark.parametrize("cell", CELLS)
def test_memory_modes_train_to_the_same_bits(cell: str) -> None:
    """90 steps of 12 rows are five windows."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(24, 90, 5)).astype("f4"), rng.normal(size=(24, 90, 2)).astype("f4")
    weights = []
    for mode in ("full", "recompute", "checkpoint", 200_000, 31_000):
        model = sequence_model(cell)
        with tidegate.RematScope(mode):
            model.fit(x, y, batch_size=12, epochs=2, verbose=0)
        weights.append([w.tobytes() for w in model.get_weights()])
    assert all(found == weights[0] for found in weights)


@pytest.mark.parametrize("cell", CELLS)
def test_a_row_does_not_depend_on_its_batch(cell: str) -> None:
    """predict(x)[i] equals predict(x[i:i+1]) bit for bit, for batches of 1 to 33."""
    model = sequence_model(cell)
    x = np.random.default_rng(3).normal(size=(33, 7, 5)).astype(np.float32)
    alone = [model.predict(x[i : i + 1], verbose=0).tobytes() for i in range(len(x))]
    for rows in range(1, 34):
        together = model.predict(x[:rows], batch_size=rows, verbose=0)
        assert [row.tobytes() for row in together] == alone[:rows], rows


def test_a_masked_row_does_not_depend_on_its_batch() -> None:
    ids, _ = sentences(33)
    model = classifier()
    alone = [model.predict(ids[i : i + 1], verbose=0).tobytes() for i in range(len(ids))]
    for rows in range(1, 34):
        together = model.predict(ids[:rows], batch_size=rows, verbose=0)
        assert [row[None].tobytes() for row in together] == alone[:rows], rows


@pytest.mark.parametrize("cell", ["SimpleRNN", "LSTM", "GRU"])
def test_an_input_product_formed_ahead_has_the_same_bits(cell: str) -> None:
    """Up to 8 rows of so wide an input are projected in chunks of steps, 9 rows step by step."""
    layer = getattr(layers, cell)(80, return_sequences=True)
    rng = np.random.default_rng(8)
    x = rng.normal(size=(9, 37, 2600)).astype(np.float32)
    mask = rng.random((9, 37)) < 0.8
    together = np.asarray(layer(x, mask=mask))
    for rows in (1, 3, 5, 8):
        found = np.asarray(layer(x[:rows], mask=mask[:rows]))
        assert found.tobytes() == together[:rows].tobytes(), rows


@pytest.mark.parametrize("batch", [1, 2, 5, 16])
@pytest.mark.parametrize("cell", CELLS[:3])
def test_streamed_steps_equal_the_sequence(cell: str, batch: int) -> None:
    model = sequence_model(cell)
    x = np.random.default_rng(4).normal(size=(batch, 23, 5)).astype(np.float32)
    whole = model.predict(x, verbose=0)
    stream = model.stream(batch=batch)
    for t in range(x.shape[1]):
        step = stream.step(np.ascontiguousarray(x[:, t]))
        assert np.array(step).tobytes() == whole[:, t].tobytes(), t


@pytest.mark.parametrize("cell", ["SimpleRNN", "LSTM", "GRU"])
def test_a_stateful_layer_cut_anywhere_equals_the_sequence(cell: str) -> None:
    x = np.random.default_rng(5).normal(size=(3, 20, 4)).astype(np.float32)
    make = getattr(layers, cell)
    whole = make(11, return_sequences=True)
    expected = np.asarray(whole(x))
    stateful = make(11, return_sequences=True, stateful=True)
    stateful.build((3, None, 4))
    stateful.set_weights(whole.get_weights())
    for cuts in ([20], [1] * 20, [7, 13], [8, 1, 11]):
        stateful.reset_state()
        parts, start = [], 0
        for length in cuts:
            parts.append(np.asarray(stateful(x[:, start : start + length])))
            start += length
        assert np.concatenate(parts, axis=1).tobytes() == expected.tobytes(), cuts


def test_set_num_threads_is_honoured_above_the_core_count() -> None:
    before = tidegate.get_num_threads()
    try:
        tidegate.set_num_threads(8)
        assert tidegate.get_num_threads() == 8
    finally:
        tidegate.set_num_threads(before)
