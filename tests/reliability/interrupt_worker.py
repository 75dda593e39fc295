"""`interrupt_worker.py fit|predict|long <count> <seed>`: Ctrl-C at random moments, as JSON.

Each round starts the work, sends this process a SIGINT from another thread after a random delay,
and measures how long KeyboardInterrupt takes. After fit, the weights must be those after a whole
number of steps, and training must go on from there to the bits of the run without interrupt.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
from reliable_models import classifier, digest, sentences, sequence_model

import tidegate
from tidegate import callbacks

ROWS, BATCH = 78, 13
EPOCHS = 10


class Killer(threading.Thread):
    """Sends SIGINT to this process after a delay and notes when."""

    def __init__(self, delay: float) -> None:
        super().__init__(daemon=True)
        self.delay = delay
        self.sent = 0.0

    def run(self) -> None:
        time.sleep(self.delay)
        self.sent = time.perf_counter()
        os.kill(os.getpid(), signal.SIGINT)


def interrupt(work: Callable[[], object], delay: float) -> float:
    """Seconds from SIGINT to KeyboardInterrupt out of work, which must run longer than delay."""
    killer = Killer(delay)
    try:
        killer.start()
        while True:
            work()
    except KeyboardInterrupt:
        arrived = time.perf_counter()
    killer.join()
    return arrived - killer.sent


class Recorder(callbacks.Callback):
    """The hash of the weights after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.hashes: list[str] = []

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        self.hashes.append(digest(self.model.get_weights()))


def interrupted_fits(count: int, rng: random.Random) -> list[float]:
    """Interrupt `count` trainings; each is checked against the one that ran through."""
    ids, labels = sentences(ROWS)

    def fit(model: tidegate.Model, epochs: int, *extra: callbacks.Callback) -> None:
        model.fit(ids, labels, batch_size=BATCH, epochs=epochs, shuffle=False, verbose=0,
                  callbacks=list(extra))  # fmt: skip

    recorder = Recorder()
    model = classifier()
    start = digest(model.get_weights())
    began = time.perf_counter()
    fit(model, EPOCHS, recorder)
    duration = time.perf_counter() - began
    by_step = [start, *recorder.hashes]
    latencies = []
    while len(latencies) < count:
        model = classifier()
        latency = interrupt(lambda m=model: fit(m, EPOCHS), rng.uniform(0, duration * 0.5))
        step = int(np.asarray(model.optimizer.iterations))
        if step >= len(by_step):
            continue  # the interrupt came late, into a second fit whose path was not recorded
        latencies.append(latency)
        assert digest(model.get_weights()) == by_step[step], f"half a step at {step}"
        # The next fit works: one epoch more from a whole number of epochs is on the same path.
        fit(model, 1)
        after = int(np.asarray(model.optimizer.iterations))
        assert after == step + ROWS // BATCH
        if step % (ROWS // BATCH) == 0 and after < len(by_step):
            assert digest(model.get_weights()) == by_step[after]
    return latencies


def interrupted_predicts(count: int, rng: random.Random) -> list[float]:
    """Interrupt predict; the next predict gives the bits of the one before."""
    ids, _ = sentences(600)
    model = classifier()
    expected = model.predict(ids, verbose=0).tobytes()
    latencies = []
    for _ in range(count):
        latencies.append(interrupt(lambda: model.predict(ids, verbose=0), rng.uniform(0, 0.03)))
        assert model.predict(ids, verbose=0).tobytes() == expected
    return latencies


def interrupted_long_calls(count: int, rng: random.Random) -> list[float]:
    """Interrupt single calls of the core that take far longer than the latency promised.

    Wide and of few rows, so that they compute rather than touch fresh memory: clearing new pages is
    the system's work, and nothing can interrupt that.
    """
    model = sequence_model("lstm", units=512)
    steps, duration = 600, 0.0
    while duration < 0.3:  # on whatever machine
        steps *= 2
        x, y = np.zeros((8, steps, 5), np.float32), np.zeros((8, steps, 2), np.float32)
        began = time.perf_counter()
        model.train_on_batch(x, y)
        duration = time.perf_counter() - began
    latencies = []
    for i in range(count):
        work = (
            (lambda: model.predict_on_batch(x)) if i % 2 else (lambda: model.train_on_batch(x, y))
        )
        before = digest(model.get_weights())
        step = int(np.asarray(model.optimizer.iterations))
        latencies.append(interrupt(work, rng.uniform(0.02, 0.2)))
        if int(np.asarray(model.optimizer.iterations)) == step:
            assert digest(model.get_weights()) == before
    return latencies


def main() -> None:
    kind, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    runs = {
        "fit": interrupted_fits,
        "predict": interrupted_predicts,
        "long": interrupted_long_calls,
    }
    print(json.dumps(runs[kind](count, random.Random(seed))))


if __name__ == "__main__":
    # A shell's background job is born with SIGINT ignored, and Python then leaves it so.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
