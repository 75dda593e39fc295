"""`Session`: step and its arguments, run, states, threads, memory."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest

from tidegate import _core
from tidegate.layers import GRU, LSTM, Dense, SimpleRNN
from tidegate.runtime import Session

from .streams import CELLS, IDS, inputs, of_layers, steps_of

X = np.ones((2, 5), np.float32)


@pytest.fixture
def session() -> Session:
    return of_layers(LSTM(6), Dense(3)).stream(batch=2)


@pytest.fixture
def words() -> Session:
    return of_layers(LSTM(6), Dense(3), ids=True).stream(batch=2)


def test_attributes(session: Session) -> None:
    assert session.batch == 2
    assert session.graph.output_size == 3
    assert repr(session) == "<Session batch=2 of <Graph lstm 5 -> 6, dense 6 -> 3>>"


def test_step_gives_a_new_array_or_fills_out(session: Session) -> None:
    first = session.step(X)
    assert (first.shape, first.dtype, first.flags.owndata) == ((2, 3), np.float32, True)
    second = session.step(X)
    assert first.tobytes() != second.tobytes()
    session.reset()
    out = np.empty((2, 3), np.float32)
    assert session.step(X, out) is out
    assert out.tobytes() == first.tobytes()
    session.reset()
    assert session.step(x=X, out=out) is out
    assert session.step(X, out=None).tobytes() == second.tobytes()
    assert out.tobytes() == first.tobytes()


def test_arrays_that_only_look_unusual_are_read(session: Session) -> None:
    expected = session.step(X).tobytes()

    class Mine(np.ndarray):
        pass

    read_only = X.copy()
    read_only.flags.writeable = False
    named = X.astype(np.dtype(np.float32, metadata={"unit": "m"}))
    for x in (
        X.view(Mine),
        read_only,
        named,
        np.asarray(memoryview(X)),
        X.copy("F")[:, ::1].copy(),
    ):
        session.reset()
        assert session.step(x).tobytes() == expected


def swapped(dtype: str) -> np.ndarray[Any, Any]:
    return np.ones((2, 5), dtype).astype(np.dtype(dtype).newbyteorder())


def misaligned() -> np.ndarray[Any, Any]:
    return np.zeros(41, np.uint8)[1:].view(np.float32).reshape(2, 5)


@pytest.mark.parametrize(
    ("x", "error", "text"),
    [
        (np.ones((2, 5)), TypeError, "dtype float32. Received: float64"),
        (np.ones((2, 5), int), TypeError, "dtype float32. Received: int64"),
        (swapped("float32"), TypeError, "of the other byte order"),
        (np.ones((2, 4), np.float32), ValueError, r"\[B, I\] = \[2, 5\]. Received: \[2, 4\]"),
        (np.ones((1, 5), np.float32), ValueError, r"Received: \[1, 5\]. Hint: B is the batch"),
        (np.ones(5, np.float32), ValueError, r"Received: \[5\]. Hint: .* x\[None\]"),
        (np.ones((2, 1, 5), np.float32), ValueError, r"Received: \[2, 1, 5\]"),
        (np.ones((0, 5), np.float32), ValueError, r"Received: \[0, 5\]"),
        (np.ones((5, 2), np.float32).T, ValueError, "must be C-contiguous"),
        (np.ones((2, 10), np.float32)[:, ::2], ValueError, "must be C-contiguous"),
        (np.ones((2, 5), np.float32)[::-1], ValueError, "must be C-contiguous"),
        (misaligned(), ValueError, "must be aligned"),
        ([[1.0] * 5] * 2, TypeError, "must be a NumPy array of float32. Received: list"),
        (None, TypeError, "Received: NoneType"),
    ],
)
def test_x_that_cannot_be_read_in_place(
    session: Session, x: Any, error: type[Exception], text: str
) -> None:
    before = session.get_state()
    with pytest.raises(error, match=rf"^\[step\] x .*{text}"):
        session.step(x)
    assert session.get_state().tobytes() == before.tobytes()


@pytest.mark.parametrize(
    ("out", "error", "text"),
    [
        (np.ones((2, 3)), TypeError, "out must have dtype float32"),
        (np.ones((3, 2), np.float32), ValueError, r"out must be \[B, O\] = \[2, 3\]"),
        (np.ones((3, 2), np.float32).T, ValueError, "out must be C-contiguous"),
        (np.broadcast_to(np.float32(1), (2, 3)), ValueError, "out must be C-contiguous"),
        ([1], TypeError, "out must be a NumPy array"),
    ],
)
def test_out_that_cannot_be_written(
    session: Session, out: Any, error: type[Exception], text: str
) -> None:
    before = session.get_state()
    with pytest.raises(error, match=rf"^\[step\] {text}"):
        session.step(X, out)
    assert session.get_state().tobytes() == before.tobytes()


def test_out_that_is_read_only_or_overlaps_x(session: Session) -> None:
    out = np.zeros((2, 3), np.float32)
    out.flags.writeable = False
    with pytest.raises(ValueError, match=r"^\[step\] out is changed in place"):
        session.step(X, out)
    assert not out.any()
    block = np.zeros(30, np.float32)
    x, y = block[4:14].reshape(2, 5), block[:6].reshape(2, 3)
    with pytest.raises(ValueError, match=r"^\[step\] out must not share memory with x"):
        session.step(x, y)
    assert session.step(x, block[14:20].reshape(2, 3)).any()


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((), {}),
        ((X, None, None), {}),
        ((X,), {"x": X}),
        ((X, None), {"out": None}),
        ((X,), {"y": None}),
        ((), {"out": None}),
    ],
)
def test_arguments(session: Session, args: Any, options: Any) -> None:
    with pytest.raises(TypeError, match=r"^\[step\] the arguments are step\(x, out=None\)"):
        session.step(*args, **options)


def test_a_session_that_was_never_initialised() -> None:
    with pytest.raises(TypeError, match=r"^\[step\] the session was never initialised"):
        Session.__new__(Session).step(X)
    with pytest.raises(TypeError):
        Session.step(3, X)  # type: ignore[arg-type]


def test_ids_of_every_form(words: Session) -> None:
    wanted = words.step(np.array([3, 16], np.int32)).tobytes()
    for ids in (
        np.array([3, 16], np.int64),
        np.array([[3], [16]], np.int32),
        np.array([[3], [16]], np.int64),
        np.array([3, 16], np.dtype(np.int32, metadata={"a": 1})),
        np.array([[3], [16]], np.dtype(np.int32, metadata={"a": 1})),
    ):
        words.reset()
        assert words.step(ids).tobytes() == wanted


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("bad", [IDS, -1, 2**31 - 1, 2**32 + 3])
def test_an_id_out_of_range(words: Session, dtype: Any, bad: int) -> None:
    if dtype is np.int32 and bad > 2**31:
        return
    words.step(np.array([1, 2], dtype))
    before = words.get_state()
    text = rf"ids must be in \[0, input_dim\) = \[0, 17\). Received: {bad} at position"
    out = np.zeros((2, 3), np.float32)
    with pytest.raises(IndexError, match=rf"^\[step\] {text} 1"):
        words.step(np.array([0, bad], dtype), out)
    with pytest.raises(IndexError, match=rf"^\[run\] {text} 5"):
        words.run(np.array([[0, 1, 2], [0, 1, bad]], dtype))
    assert words.get_state().tobytes() == before.tobytes()
    assert not out.any()


@pytest.mark.parametrize(
    ("ids", "error"),
    [
        (np.ones(2, np.float32), TypeError),
        (np.ones(2, np.int16), TypeError),
        (np.ones(2, bool), TypeError),
        (np.ones(3, np.int32), ValueError),
        (np.ones((1, 2), np.int32), ValueError),
        (np.ones((2, 2), np.int64), ValueError),
        (np.ones(3, np.int64), ValueError),
        (np.ones(4, np.int64)[::2], ValueError),
        (np.ones((1, 1, 1), np.int32), ValueError),
        (np.ones(4, np.int32)[::2], ValueError),
        ([1, 2], TypeError),
        (3, TypeError),
    ],
)
def test_ids_that_cannot_be_read(words: Session, ids: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^\[step\] x must "):
        words.step(ids)


def test_run_goes_on_from_the_present_states() -> None:
    model = of_layers(LSTM(6, return_sequences=True))
    x = inputs(model, 2)
    session = model.stream(batch=2)
    parts = [session.run(np.ascontiguousarray(x[:, a:b])) for a, b in ((0, 7), (7, 7), (7, 19))]
    assert np.concatenate(parts, axis=1).tobytes() == model.predict(x, verbose=0).tobytes()
    with pytest.raises(ValueError, match=r"^\[run\] x must be \[B, T, I\]"):
        session.run(x[:1])
    with pytest.raises(TypeError, match=r"^\[run\] x must have dtype float32"):
        session.run(x.astype(np.float64))


def test_states_go_out_and_in() -> None:
    model = of_layers(
        LSTM(6, return_sequences=True), GRU(4, return_sequences=True), SimpleRNN(3), Dense(2)
    )
    x = inputs(model, 2)
    session, other = model.stream(batch=2), model.stream(batch=2)
    assert not any(s.any() for states in session.state for s in states)
    steps_of(session, x[:, :8])
    shapes = [[s.shape for s in states] for states in session.state]
    assert shapes == [[(2, 6), (2, 6)], [(2, 4)], [(2, 3)]]
    other.step(np.ascontiguousarray(x[:, 0]))
    other.state = session.state
    assert steps_of(other, x[:, 8:]).tobytes() == steps_of(session, x[:, 8:]).tobytes()
    kept = session.state
    session.reset()
    assert any(s.any() for states in kept for s in states)
    assert not any(s.any() for states in session.state for s in states)


def test_states_are_those_of_the_layers() -> None:
    from tidegate.layers import Input
    from tidegate.models import Model

    x = Input((None, 5))
    y, h, c = LSTM(6, return_state=True)(x)
    whole = Model(x, [y, h, c])
    model = of_layers(LSTM(6))
    whole.set_weights(model.get_weights())
    values = inputs(model, 2)
    session = model.stream(batch=2)
    session.run(values)
    _, h_end, c_end = whole.predict(values, verbose=0)
    ((h_streamed, c_streamed),) = session.state
    assert h_streamed.tobytes() == h_end.tobytes()
    assert c_streamed.tobytes() == c_end.tobytes()


@pytest.mark.parametrize(
    "state",
    [
        [],
        [(np.zeros((2, 6)),)],
        [(np.zeros((2, 6)), np.zeros((2, 5)))],
        [(np.zeros((1, 6)), np.zeros((1, 6)))],
        [(np.zeros((2, 6)), np.zeros((2, 6))), (np.zeros((2, 6)),)],
    ],
)
def test_states_that_do_not_fit(session: Session, state: Any) -> None:
    session.step(X)
    before = session.get_state()
    text = r"^\[session\] state must be a list of \(h \[2, 6\], c \[2, 6\]\)"
    with pytest.raises(ValueError, match=text):
        session.state = state
    assert session.get_state().tobytes() == before.tobytes()


def test_a_model_without_states() -> None:
    session = of_layers(Dense(2)).stream()
    assert session.state == []
    session.state = []
    session.reset()


def test_step_with_out_allocates_nothing(session: Session) -> None:
    out = np.empty((2, 3), np.float32)
    session.step(X, out)
    rounds = range(10_000)
    takes = _core.pool_stats()["takes"]
    tracemalloc.start()
    try:
        for _ in rounds:
            session.step(X, out)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 500  # the loop's own numbers
    assert _core.pool_stats()["takes"] == takes


def test_a_step_worth_it_lets_other_threads_run_and_refuses_them_the_session() -> None:
    model = of_layers(CELLS["lstm"](256, return_sequences=True))
    session = model.stream(batch=8)
    x = inputs(model, 8, steps=1500)
    refused: list[str] = []
    thread = threading.Thread(target=session.run, args=(x,))
    thread.start()
    for call in (lambda: session.step(x[:, 0].copy()), session.reset, session.get_state):
        while thread.is_alive():
            try:
                call()
            except RuntimeError as error:
                refused.append(str(error))
                break
    thread.join()
    assert len(refused) == 3, "the run ended before it could be disturbed"
    assert all("a session has one user at a time" in text for text in refused)
    session.reset()
    assert (
        session.run(x[:, :5].copy()).tobytes()
        == model.predict(x[:, :5].copy(), verbose=0).tobytes()
    )


def test_many_threads_with_a_session_each() -> None:
    model = of_layers(CELLS["lstm"](64, return_sequences=True), Dense(3))
    graph = model.stream().graph
    x = inputs(model, 1, steps=300)
    expected = model.predict(x, verbose=0).tobytes()
    results: list[bytes] = []

    def work() -> None:
        results.append(steps_of(graph.session(), x).tobytes())

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == [expected] * 8
