"""`process_worker.py fork|spawn|forkserver <count>`: predict in children of a process that trained.

Prints "ok" if every child gave the parent's bits within ten seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time

import numpy as np
from reliable_models import classifier, sentences

import tidegate
from tidegate import _core

LIMIT = 10.0


def predict_bits(model: tidegate.Model | None = None, weights: list | None = None) -> bytes:
    """The predictions of a model, or of a new one with these weights."""
    if model is None:
        model = classifier()
        model.set_weights(weights)
    return model.predict(sentences(40)[0], verbose=0).tobytes()


def answer(queue: multiprocessing.Queue, weights: list[np.ndarray]) -> None:
    """What a spawned child does."""
    queue.put(predict_bits(weights=weights))


def trained() -> tidegate.Model:
    """A model after fit and predict on four threads, so that the team's pool exists."""
    tidegate.set_num_threads(4)
    os.environ["TIDEGATE_SPLIT"] = "batch"
    model = classifier()
    model.fit(*sentences(40), verbose=0)
    predict_bits(model)
    assert _core.last_run()["threads"] >= 1
    return model


def wait(pid: int) -> int:
    """The child's status, or its death after the limit."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return 124


def forked(model: tidegate.Model, count: int) -> None:
    """Children that predict, train a step and predict again; the parent works in between."""
    expected = predict_bits(model)
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            # No assert here: an exception would run the parent's code a second time.
            same = predict_bits(model) == expected
            if number % 10 == 0:
                model.fit(*sentences(40), verbose=0)
                same = same and predict_bits(model) != expected
            os._exit(0 if same else 1)
        code = wait(pid)
        assert code == 0, f"child {number} ended with {code}"
        assert predict_bits(model) == expected, "the parent's own predictions changed"


def started(model: tidegate.Model, method: str, count: int) -> None:
    """Children of spawn or forkserver."""
    context = multiprocessing.get_context(method)
    expected = predict_bits(model)
    for _ in range(count):
        queue = context.Queue()
        child = context.Process(target=answer, args=(queue, model.get_weights()))
        child.start()
        assert queue.get(timeout=60) == expected
        child.join()
        assert child.exitcode == 0


def main() -> None:
    method, count = sys.argv[1], int(sys.argv[2])
    model = trained()
    if method == "fork":
        forked(model, count)
    else:
        started(model, method, count)
    print("ok")


if __name__ == "__main__":
    main()
