"""Sessions with several inputs and outputs: lists of arrays, and how they are checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate import tree
from tidegate.layers import LSTM, Add, Concatenate, Dense, Embedding, Input
from tidegate.models import Model
from tidegate.runtime import Session

X = np.ones((2, 5), np.float32)
IDS = np.array([1, 2], np.int32)


@pytest.fixture
def session() -> Session:
    x, words = Input((None, 5)), Input((None,))
    h = LSTM(3, return_sequences=True)(Concatenate()([x, Embedding(7, 4)(words)]))
    return Model([x, words], [Dense(2)(h), h]).stream(batch=2)


def test_lists_in_and_out(session: Session) -> None:
    y, h = session.step([X, IDS])
    assert (y.shape, h.shape) == ((2, 2), (2, 3))
    session.reset()
    out = [np.empty((2, 2), np.float32), np.empty((2, 3), np.float32)]
    again = session.step((X, IDS[:, None].astype(np.int64)), out=out)
    assert again[0] is out[0]
    assert again[1] is out[1]
    assert out[0].tobytes() == y.tobytes()
    assert out[1].tobytes() == h.tobytes()
    assert session.state[0][0].tobytes() == h.tobytes()


def test_a_list_in_and_one_out() -> None:
    a, b = Input((3,)), Input((3,))
    session = Model([a, b], Concatenate()([a, b])).stream()
    one, two = np.ones((1, 3), np.float32), np.zeros((1, 3), np.float32)
    out = np.empty((1, 6), np.float32)
    assert session.step([one, two], out) is out
    assert out.tolist() == [[1, 1, 1, 0, 0, 0]]
    assert session.run([one[:, None], two[:, None]]).shape == (1, 1, 6)


@pytest.mark.parametrize(
    ("x", "error", "text"),
    [
        (X, TypeError, r"x must be a list or tuple of 2 arrays, one for each .* Received: numpy"),
        ([X], ValueError, "a list or tuple of 2 arrays, one for each of the graph's inputs.* 1"),
        ([X, IDS, IDS], ValueError, "Received: 3"),
        ([IDS, X], TypeError, "x must have dtype float32. Received: int32"),
        ([X[:1], IDS], ValueError, r"x must be \[B, I\] = \[2, 5\]. Received: \[1, 5\]"),
        ([X, X], TypeError, "x must have dtype int32. Received: float32"),
        ([X, np.array([0, 7], np.int32)], IndexError, r"\[0, 7\). Received: 7 at position 1"),
        ([X, np.array([-1, 7])], IndexError, r"\[0, 7\). Received: -1 at position 0"),
    ],
)
def test_inputs_that_do_not_fit(
    session: Session, x: Any, error: type[Exception], text: str
) -> None:
    before = session.get_state()
    with pytest.raises(error, match=rf"^\[step\] .*{text}"):
        session.step(x)
    assert session.get_state().tobytes() == before.tobytes()


def test_outputs_that_do_not_fit(session: Session) -> None:
    y, h = np.empty((2, 2), np.float32), np.empty((2, 3), np.float32)
    big = np.empty(20, np.float32)
    cases: list[tuple[Any, type[Exception], str]] = [
        (y, TypeError, "out must be a list or tuple of 2 arrays, one for each of the graph's outp"),
        ([y], ValueError, "Received: 1"),
        ([h, y], ValueError, r"out must be \[B, O\] = \[2, 2\]"),
        ([big[:4].reshape(2, 2), big[3:9].reshape(2, 3)], ValueError, "with another output"),
    ]
    for out, error, text in cases:
        with pytest.raises(error, match=rf"^\[step\] .*{text}"):
            session.step([X, IDS], out)
    shared = np.ones((2, 5), np.float32)
    with pytest.raises(ValueError, match=r"^\[step\] out must not share memory with x"):
        session.step([shared, IDS], [shared.ravel()[:4].reshape(2, 2), h])


def test_run_checks_each_input(session: Session) -> None:
    x, ids = np.ones((2, 4, 5), np.float32), np.ones((2, 4), np.int64)
    y, h = session.run([x, ids])
    assert (y.shape, h.shape) == ((2, 4, 2), (2, 4, 3))
    with pytest.raises(ValueError, match=r"^\[run\] x must be \[B, T\] = \[2, 4\].* \[2, 3\]"):
        session.run([x, ids[:, :3].astype(np.int32)])
    with pytest.raises(IndexError, match=r"^\[run\] ids must be in .*Received: 9 at position 0"):
        session.run([x, ids * 9])
    with pytest.raises(TypeError, match=r"^\[run\] x must be a list or tuple of 2 arrays"):
        session.run(x)


def _added(form_in: Any, form_out: Any) -> Model:
    a, b = Input((None, 5), name="a"), Input((None, 5), name="b")
    h = LSTM(3, return_sequences=True)(Add()([a, b]))
    return Model(form_in(a, b), form_out(h, Dense(2)(h)))


TAKEN = {
    "a dict": (lambda a, b: {"p": a, "q": b}, lambda a, b: {"q": b, "p": a}),
    "a dict, flat": (lambda a, b: {"p": a, "q": b}, lambda a, b: [a, b]),
    "nested": (lambda a, b: {"p": [a], "q": (b,)}, lambda a, b: {"p": [a], "q": (b,)}),
    "a list": (lambda a, b: [a, b], lambda a, b: [a, b]),
    "a list, by name": (lambda a, b: [a, b], lambda a, b: {"b": b, "a": a}),
    "a tuple": (lambda a, b: (b, a), lambda a, b: (b, a)),
}
GIVEN = {
    "a dict": lambda h, y: {"h": h, "y": y},
    "a dict of one": lambda h, y: {"y": y},
    "a tuple": lambda h, y: (h, y),
    "nested": lambda h, y: [{"y": [y]}, h],
    "a list": lambda h, y: [h, y],
    "a list of one": lambda h, y: [y],
    "one": lambda h, y: y,
}


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("given", GIVEN)
def test_a_stream_takes_and_gives_what_the_model_does(taken: str, given: str) -> None:
    form, make = TAKEN[taken]
    model = _added(form, GIVEN[given])
    a, b = np.random.default_rng(1).normal(size=(2, 2, 4, 5)).astype("f4")
    want = tree.map_structure(lambda y: y.numpy(), model(make(a, b)))
    session = model.stream(batch=2)
    rows = [make(a[:, t].copy(), b[:, t].copy()) for t in range(4)]
    steps = [session.step(row) for row in rows]
    got = tree.map_structure(lambda *ys: np.stack(ys, axis=1), *steps)
    tree.assert_same_structure(got, want)
    for one, other in zip(tree.flatten(got), tree.flatten(want), strict=True):
        assert one.tobytes() == other.tobytes()
    session.reset()
    out = tree.map_structure(np.empty_like, steps[0])
    again = session.step(rows[0], out)
    for one, other, first in zip(*map(tree.flatten, (again, out, steps[0])), strict=True):
        assert one is other
        assert one.tobytes() == first.tobytes()
    session.reset()
    ran = session.run(make(a, b))
    tree.assert_same_structure(ran, want)
    assert tree.flatten(ran)[-1].tobytes() == tree.flatten(want)[-1].tobytes()


def test_a_dict_that_does_not_fit() -> None:
    session = _added(lambda a, b: {"p": a, "q": b}, lambda h, y: {"y": y}).stream(batch=2)
    with pytest.raises(ValueError, match=r"^\[step\] inputs must have the keys \['p', 'q'\].*'a'"):
        session.step({"a": X, "q": X})
    with pytest.raises(ValueError, match=r"^\[run\] the model has 2 input\(s\). Received: 1 t"):
        session.run(X)
    assert not session.get_state().any()


def test_one_input_and_output_have_the_plain_session() -> None:
    x = Input((None, 5))
    for model in (Model(x, Dense(2)(x)), Model([x], [Dense(2)(x)])):
        assert type(model.stream()) is Session
