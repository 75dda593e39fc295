"""Bad input gets an error that names the op, the rule, what was received and a hint."""

from __future__ import annotations

import numpy as np
import pytest
from reliable_models import CLASSES, STEPS, WORDS, classifier, digest, sentences, sequence_model
from test_strange_arrays import core_keywords

import tidegate
from tidegate import _core, callbacks, layers, ops

TEACHES = r"(?s)^\[.+\] .+\..*Received: .+"


def lstm_arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x [2, 3, 4], kernel [4, 20], recurrent_kernel [5, 20], bias [20]."""
    rng = np.random.default_rng(0)
    shapes = ((2, 3, 4), (4, 20), (5, 20), (20,))
    return tuple(rng.normal(size=s).astype(np.float32) for s in shapes)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("place", "shape"),
    [(0, (2, 3, 5)), (0, (2, 12)), (1, (4, 19)), (1, (20, 4)), (2, (5, 15)), (2, (4, 20)),
     (3, (19,)), (3, (2, 20))],
)  # fmt: skip
def test_shapes_are_checked_against_each_other(place: int, shape: tuple[int, ...]) -> None:
    arrays = list(lstm_arrays())
    arrays[place] = np.zeros(shape, np.float32)
    before = digest(arrays)
    with pytest.raises(ValueError, match=TEACHES):
        ops.lstm(*arrays)
    assert digest(arrays) == before


def mask_of(kind: str, rows: int = 2, steps: int = 3) -> tuple[object, ...]:
    """(kind, values, lengths, order) of a mask that keeps every step."""
    ones = np.ones((rows, steps), bool)
    return kind, ones, np.full(rows, steps, np.int32), np.arange(rows, dtype=np.int32)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("initial_state", ((np.zeros((2, 5), np.float32),),)),
        ("initial_state", ((np.zeros((3, 5), np.float32),) * 2,)),
        ("initial_state", ((np.zeros((2, 5)),) * 2,)),
        ("mask", mask_of("right", steps=4)),
        ("mask", mask_of("right", rows=3)),
        ("mask", mask_of("bent")),
        ("x_dropout", (np.ones((2, 2, 4), np.float32),)),
        ("h_dropout", (np.ones((4, 2, 4), np.float32),)),
        ("activation", "swish"),
        ("recurrent_activation", ""),
        ("go_backwards", (False, True)),
    ],
)  # fmt: skip
def test_every_argument_of_the_core_is_checked(name: str, value: object) -> None:
    x, kernel, recurrent, bias = lstm_arrays()
    weights = (_core.RecurrentWeights("lstm", kernel, recurrent, bias),)
    with pytest.raises((ValueError, TypeError), match=TEACHES):
        _core.recurrent_forward(x, weights, **(core_keywords() | {name: value}))


@pytest.mark.parametrize("bad", [(3, 7), (2, 2), (0, 4)])
def test_a_mask_whose_lengths_or_order_lie_cannot_crash(bad: tuple[int, int]) -> None:
    """The core indexes by lengths and order: values out of range are an error, not a fault."""
    x, kernel, recurrent, bias = lstm_arrays()
    weights = (_core.RecurrentWeights("lstm", kernel, recurrent, bias),)
    values = np.ones((2, 3), bool)
    for lengths, order in (
        (np.array(bad, np.int32), np.array([0, 1], np.int32)),
        (np.array([3, 3], np.int32), np.array([0, 1 + 7 * bad[1]], np.int32)),
        (np.array([3, -1], np.int32), np.array([0, 1], np.int32)),
        (np.array([3, 3], np.int32), np.array([1, 1], np.int32)),
    ):
        spec = ("right", values, lengths, order)
        with pytest.raises(ValueError, match=TEACHES):
            _core.recurrent_forward(x, weights, **(core_keywords() | {"mask": spec}))


def test_units_must_be_positive() -> None:
    for make in (layers.LSTM, layers.GRU, layers.SimpleRNN, layers.Dense):
        for units in (0, -3):
            with pytest.raises(ValueError, match="units"):
                make(units)


@pytest.mark.parametrize("bad", [WORDS, WORDS + 100, -1, 2**31 - 1, -(2**31)])
def test_an_id_out_of_range_is_named(bad: int) -> None:
    """IndexError before anything is written, with the first bad position and value."""
    ids, labels = sentences(6)
    ids[3, 2] = bad
    model = classifier()
    before = digest(model.get_weights())
    for call in (
        lambda: model.predict(ids, verbose=0),
        lambda: model.fit(ids, labels, verbose=0),
        lambda: model(ids),
    ):
        with pytest.raises(IndexError, match=rf"(?s)\[embedding\].*{bad}"):
            call()
    assert digest(model.get_weights()) == before


def test_random_bad_ids_are_all_caught() -> None:
    rng = np.random.default_rng(8)
    embeddings = rng.normal(size=(20, 3)).astype(np.float32)
    for _ in range(2000):
        ids = rng.integers(0, 20, rng.integers(1, 40)).astype(np.int32)
        np.testing.assert_array_equal(_core.embedding_forward(ids, embeddings), embeddings[ids])
        place = rng.integers(len(ids))
        ids[place] = rng.choice([-1, 20, 21, -20, 2**31 - 1])
        with pytest.raises(IndexError, match=str(ids[place])):
            _core.embedding_forward(ids, embeddings)


@pytest.mark.parametrize("raise_error", [False, True])
def test_a_nan_loss_stops_and_names_its_place(raise_error: bool) -> None:
    x = np.random.default_rng(0).normal(size=(32, 4, 5)).astype(np.float32)
    y = np.zeros((32, 4, 2), np.float32)
    y[17, 0, 0] = np.nan
    model = sequence_model("lstm")
    stop = callbacks.TerminateOnNaN(raise_error=raise_error)
    if raise_error:
        with pytest.raises(RuntimeError, match=r"epoch 1, batch 5\b.*nan"):
            model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, callbacks=[stop])
    else:
        history = model.fit(
            x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, callbacks=[stop]
        )
        assert len(history.epoch) == 1


def test_a_nan_stays_in_its_row_and_its_future() -> None:
    """A NaN at (b, t) shows in row b from step t on and nowhere else."""
    rng = np.random.default_rng(1)
    for cell in ("simple_rnn", "lstm", "gru"):
        model = sequence_model(cell)
        for rows in (1, 3, 9):
            x = rng.normal(size=(rows, 6, 5)).astype(np.float32)
            clean = model.predict(x, verbose=0)
            for b in range(rows):
                for t in range(6):
                    bad = x.copy()
                    bad[b, t, rng.integers(5)] = np.nan
                    y = model.predict(bad, verbose=0)
                    expected = np.zeros(y.shape, bool)
                    expected[b, t:] = True
                    np.testing.assert_array_equal(np.isnan(y), expected)
                    np.testing.assert_array_equal(y[~expected], clean[~expected])


def test_infinities_saturate() -> None:
    model = sequence_model("lstm")
    x = np.random.default_rng(2).normal(size=(2, 5, 5)).astype(np.float32)
    x[0, 2] = np.inf
    y = model.predict(x, verbose=0)
    assert np.isfinite(y[1]).all()
    assert np.isfinite(y[0, :2]).all()


def test_fit_arguments_are_checked() -> None:
    ids, labels = sentences(8)
    model = classifier()
    for bad in (
        lambda: model.fit(ids, labels[:-1], verbose=0),
        lambda: model.fit(ids, labels, batch_size=0, verbose=0),
        lambda: model.fit(ids, labels, validation_split=1.5, verbose=0),
        lambda: model.fit(ids[:, None], labels, verbose=0),
    ):
        with pytest.raises((ValueError, TypeError)):
            bad()
    uncompiled = tidegate.Sequential([layers.Dense(1)])
    with pytest.raises((ValueError, RuntimeError), match="compile"):
        uncompiled.fit(np.zeros((2, 3)), np.zeros(2), verbose=0)


def test_labels_out_of_range_are_named() -> None:
    ids, labels = sentences(8)
    labels[5] = CLASSES
    model = classifier()
    with pytest.raises((ValueError, IndexError), match=str(CLASSES)):
        model.fit(ids, labels, verbose=0)
    assert ids.shape == (8, STEPS)
