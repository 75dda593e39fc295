"""Sessions with several inputs and outputs: lists of arrays, and how they are checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate.layers import LSTM, Concatenate, Dense, Embedding, Input
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
