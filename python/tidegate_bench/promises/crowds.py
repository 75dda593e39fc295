"""Beside other work: lengths, denormals, callers at once, too many threads, another library."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import tidegate
from tidegate import layers, models
from tidegate.autodiff import GradientTape
from tidegate_bench.harness.worker import measure as timed
from tidegate_bench.promises.figures import Figure

ROUNDS = 7
LENGTHS_MOST, DENORMALS_MOST, CROWD_MOST, SLOWER_THAN_TWO_PROCESSES = 0.6, 1.05, 1.3, 1 / 0.9
CALLS = 400


def _training(x: np.ndarray, dy: np.ndarray, units: int, mask: Any = None) -> Callable[[], Any]:
    layer = layers.LSTM(units, return_sequences=True)
    tensor = tidegate.convert_to_tensor(x)
    layer(tensor)

    def step() -> Any:
        with GradientTape() as tape:
            y = layer(tensor, mask=mask, training=True)
        return tape.gradient(y, layer.trainable_weights, output_gradients=dy)

    return step


def _ratio(run: Callable[[], Any], base: Callable[[], Any]) -> float:
    """Median of pairs."""
    pairs = [timed(run, 60.0)["ms"] / timed(base, 60.0)["ms"] for _ in range(ROUNDS)]
    return float(np.median(pairs))


def _lengths() -> list[Figure]:
    rng = np.random.default_rng(1)
    x, dy = (rng.normal(size=(64, 100, n)).astype(np.float32) for n in (64, 128))
    lengths = rng.integers(1, 101, 64)
    right = np.arange(100)[None, :] < lengths[:, None]
    holes = rng.permuted(right, axis=1)
    padded = _training(x, dy, 128)
    return [
        Figure(f"lengths 1 to T, {kind}, over padded", _ratio(run, padded), "times", LENGTHS_MOST)
        for kind, run in (
            ("padded behind", _training(x, dy, 128, right)),
            ("padded in front", _training(x, dy, 128, right[:, ::-1].copy())),
            ("holes", _training(x, dy, 128, holes)),
        )
    ]


def _denormals() -> list[Figure]:
    rng = np.random.default_rng(2)
    x, dy = (rng.normal(size=(32, 100, n)).astype(np.float32) for n in (64, 128))
    normal = _training(x, dy, 128)
    tiny = np.float32(1e-38)
    return [
        Figure("data of 1e-38, training, over normal data",
               _ratio(_training(x * tiny, dy, 128), normal), "times", DENORMALS_MOST),
        Figure("gradients of 1e-38, training, over normal ones",
               _ratio(_training(x, dy * tiny, 128), normal), "times", DENORMALS_MOST),
    ]  # fmt: skip


def _crowded() -> list[Figure]:
    rng = np.random.default_rng(3)
    x, dy = (rng.normal(size=(32, 100, n)).astype(np.float32) for n in (64, 128))
    run = _training(x, dy, 128)
    cores = len(os.sched_getaffinity(0))

    def with_threads(n: int) -> float:
        tidegate.set_num_threads(n)
        return timed(run, 100.0)["ms"]

    pairs = [with_threads(4 * cores) / with_threads(cores) for _ in range(ROUNDS)]
    figures = [Figure("four threads a core over one", float(np.median(pairs)), "times", CROWD_MOST)]
    tidegate.set_num_threads(cores)
    try:
        import torch
    except ImportError:
        return figures
    torch.set_num_threads(cores)
    a = torch.randn(512, 512)
    alone = [with_threads(cores) for _ in range(ROUNDS)]

    def beside() -> float:
        for _ in range(20):
            torch.mm(a, a)
        return with_threads(cores)

    value = float(np.median([beside() for _ in range(ROUNDS)]) / np.median(alone))
    return [
        *figures,
        Figure("after torch used its threads over before", value, "times", CROWD_MOST),
    ]


PREDICT = """
import sys, time
import numpy as np
import tidegate
from tidegate import layers, models
tidegate.set_num_threads(1)
model = models.Sequential([layers.Input((40, 64)), layers.LSTM(128), layers.Dense(1)])
x = np.zeros((32, 40, 64), np.float32)
model.predict(x, verbose=0)
print('ready', flush=True); sys.stdin.readline()
start = time.perf_counter()
for _ in range(%d):
    model.predict(x, verbose=0)
print(time.perf_counter() - start)
"""


def _two_processes() -> float:
    code = PREDICT % CALLS
    command = [sys.executable, "-c", code]
    pair = [subprocess.Popen(command, stdin=-1, stdout=-1, text=True) for _ in range(2)]
    for process in pair:
        assert process.stdout is not None
        process.stdout.readline()
    answers = []
    for process in pair:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in pair:
        answers.append(float(process.communicate()[0].split()[-1]))
    return max(answers)


def _two_threads() -> float:
    tidegate.set_num_threads(1)
    model = models.Sequential([layers.Input((40, 64)), layers.LSTM(128), layers.Dense(1)])
    x = np.zeros((32, 40, 64), np.float32)
    model.predict(x, verbose=0)

    def work() -> None:
        for _ in range(CALLS):
            model.predict(x, verbose=0)

    threads = [threading.Thread(target=work) for _ in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def _at_once() -> list[Figure]:
    pairs = [_two_threads() / _two_processes() for _ in range(ROUNDS)]
    name = "two predict calls at once over two processes"
    return [Figure(name, float(np.median(pairs)), "times", SLOWER_THAN_TWO_PROCESSES)]


def measure(_: Any = None) -> list[Figure]:
    """Each ratio is a median of pairs in this process."""
    tidegate.set_num_threads(len(os.sched_getaffinity(0)))
    figures = [*_lengths(), *_denormals(), *_crowded(), *_at_once()]
    tidegate.set_num_threads(None)
    return figures
