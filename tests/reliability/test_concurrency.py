"""Many threads on one model: the bits of serial calls, and the GIL is free while the core works."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from reliable_models import classifier, sentences, sequence_model

THREADS = 8


def hammer(rounds: int) -> None:
    model = classifier()
    inputs = [sentences(1 + 5 * i, seed=i)[0] for i in range(THREADS)]
    expected = [model.predict(ids, verbose=0).tobytes() for ids in inputs]
    together = threading.Barrier(THREADS)

    def work(index: int) -> int:
        together.wait()
        return sum(
            model.predict(inputs[(index + r) % THREADS], verbose=0).tobytes()
            != expected[(index + r) % THREADS]
            for r in range(rounds)
        )

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(work, range(THREADS))) == [0] * THREADS


def test_concurrent_predict_gives_the_bits_of_serial_calls() -> None:
    hammer(10)


@pytest.mark.slow
def test_concurrent_predict_for_long() -> None:
    hammer(500)


def test_the_first_predict_may_be_concurrent() -> None:
    """Packed weights are made on first use: eight threads may all find them missing."""
    ids, _ = sentences(9)
    expected = classifier().predict(ids, verbose=0).tobytes()
    for _ in range(10):
        model = classifier()
        together = threading.Barrier(THREADS)

        def work(_: int, model: object = model, together: threading.Barrier = together) -> bytes:
            together.wait()
            return model.predict(ids, verbose=0).tobytes()  # type: ignore[attr-defined]

        with ThreadPoolExecutor(THREADS) as pool:
            assert set(pool.map(work, range(THREADS))) == {expected}


def test_separate_models_train_beside_each_other() -> None:
    ids, labels = sentences(39)

    def train(_: int) -> list[bytes]:
        model = classifier_of_this_thread()
        model.fit(ids, labels, batch_size=13, epochs=3, shuffle=False, verbose=0)
        return [w.tobytes() for w in model.get_weights()]

    lock = threading.Lock()

    def classifier_of_this_thread():  # type: ignore[no-untyped-def]
        # The seed is one for the process: building takes turns, training does not.
        with lock:
            return classifier()

    expected = train(0)
    with ThreadPoolExecutor(4) as pool:
        assert all(weights == expected for weights in pool.map(train, range(4)))


def test_the_gil_is_free_while_the_core_works() -> None:
    model = sequence_model("lstm", units=128)
    x = np.zeros((32, 2000, 5), np.float32)
    model.predict_on_batch(x[:, :1])
    ticks, done = [0], threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.perf_counter()
    model.predict_on_batch(x)
    elapsed = time.perf_counter() - began
    done.set()
    thread.join()
    # With the GIL held for the whole call there would be next to none.
    assert ticks[0] > elapsed * 1000 / 20
