"""`race_worker.py shrink|environment|ids|fork|leave`: threads that once met where they should not.

Prints "ok" where results are right; what went wrong before ended the process, or gave the numbers
of another thread.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

import tidegate
from tidegate import GradientTape, RematScope, _core, layers, models, ops


def beside(work: Callable[[], object]) -> threading.Thread:
    """A running thread."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def shrink() -> None:
    """A call in a memory scope of so many bytes, while the gradient of the one before is taken."""
    x = np.random.default_rng(0).standard_normal((8, 1500, 16)).astype("float32")
    layer = layers.LSTM(128, return_sequences=True)
    layer(x)
    expected = None
    for _ in range(4):
        with RematScope(int(8 * 1500 * 128 * 24 * 1.2)):
            with GradientTape() as tape:
                loss = ops.sum(layer(x))
            found: list[np.ndarray] = []
            thread = beside(
                lambda t=tape, y=loss, to=found: to.extend(
                    g.numpy() for g in t.gradient(y, layer.trainable_weights)
                )
            )
            time.sleep(0.02)
            with GradientTape():
                ops.sum(layer(x))
            thread.join()
        expected = expected or found
        assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def environment() -> None:
    """Recurrent calls while the environment grows and is moved."""
    one = np.ones((1, 1), "float32")
    weights = _core.RecurrentWeights("simple_rnn", one, one, None)
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            _core.recurrent_forward(one[None], (weights,))

    threads = [beside(run), beside(run)]
    sys.setswitchinterval(1e-5)
    end = time.monotonic() + 8
    while time.monotonic() < end:
        for i in range(3000):
            os.environ[f"TIDEGATE_RACE_{i}"] = "x"
        for i in range(3000):
            del os.environ[f"TIDEGATE_RACE_{i}"]
    stop.set()
    for thread in threads:
        thread.join()


def ids() -> None:
    """Two users of one session with ids of int64: one is refused, the other gets its own rows."""
    model = models.Sequential(
        [layers.Input((None,), dtype="int32"), layers.Embedding(50, 64), layers.Dense(256)]
    )
    rows = 2000
    stream = model.stream(batch=rows)
    given = [np.full(rows, i, np.int64) for i in range(2)]
    expected = [stream.step(one).copy() for one in given]
    wrong = done = 0
    end = time.monotonic() + 8

    def run(i: int) -> None:
        nonlocal wrong, done
        while time.monotonic() < end:
            try:
                y = stream.step(given[i])
            except RuntimeError:
                continue
            done += 1
            wrong += not np.array_equal(y, expected[i])

    sys.setswitchinterval(1e-5)
    threads = [beside(lambda i=i: run(i)) for i in range(2)]
    for thread in threads:
        thread.join()
    assert done > 0
    assert wrong == 0, f"{wrong} of {done} steps"


def fork() -> None:
    """A signal handler forks in the middle of a call: the child gets an error."""
    tidegate.set_num_threads(2)
    units = 256
    weights = _core.RecurrentWeights(
        "lstm", np.ones((8, 4 * units), "float32"), np.ones((units, 4 * units), "float32"), None
    )
    x = np.ones((1, 20_000, 8), "float32")
    children: list[int] = []

    def handler(*_: object) -> None:
        pid = os.fork()
        if pid:
            children.append(pid)

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        _core.recurrent_forward(x, (weights,))
    except RuntimeError as error:
        os._exit(3 if not children and "forked in the middle" in str(error) else 1)
    assert len(children) == 1, "the call was over before the signal came"
    end = time.monotonic() + 30
    while time.monotonic() < end:
        done, status = os.waitpid(children[0], os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 3
            return
        time.sleep(0.01)
    os.kill(children[0], signal.SIGKILL)
    raise AssertionError("the child never came back")


def leave() -> None:
    """The program ends while daemon threads are in long steps."""
    model = models.Sequential([layers.Input((None, 16)), layers.LSTM(256)])
    x = np.ones((64, 16), "float32")

    def run() -> None:
        stream = model.stream(batch=64)
        while True:
            stream.step(x)

    for _ in range(2):
        threading.Thread(target=run, daemon=True).start()
    time.sleep(0.3)

    class Slow:
        """Gives the daemon threads time after Python began to end."""

        def __del__(self, sleep: Callable[[float], None] = time.sleep) -> None:
            sleep(0.3)

    tidegate.kept = Slow()  # type: ignore[attr-defined]


if __name__ == "__main__":
    races = {f.__name__: f for f in (shrink, environment, ids, fork, leave)}
    races[sys.argv[1]]()
    print("ok", flush=True)
