"""`save_worker.py <path> <count> <seed>`: saves that are killed with SIGKILL, as JSON.

Each round forks a process that saves two models in turn to the path, kills it after a random delay,
and loads what is at the path: it must be one of the two models, to the bit. Every second kill also
waits until a temporary file is there: how long one is, beside the rest of a save, is the machine's
matter. What kills leave of temporary files is removed by later saves.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
from reliable_models import digest

import tidegate
from tidegate import layers


def make(value: float) -> tidegate.Model:
    model = tidegate.Sequential([layers.Input((7, 64)), layers.LSTM(96), layers.Dense(1)])
    model.compile("adam", "mse")
    model.set_weights([np.full(w.shape, value, np.float32) for w in model.weights])
    return model


def save(model: tidegate.Model, path: Path) -> None:
    if path.suffix == ".keras":
        model.save(path)
    else:
        model.save_weights(path)


def loaded(path: Path) -> str:
    if path.suffix == ".keras":
        return digest(tidegate.models.load_model(path).get_weights())
    model = make(0.0)
    model.load_weights(path)
    return digest(model.get_weights())


def saving_process(models: list[tidegate.Model], path: Path) -> int:
    """The id of a process that saves as long as this one lives."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        while os.getppid() == parent:
            for model in models:
                save(model, path)
    finally:
        os._exit(1)  # only an error comes here; the parent sees it as a process that ended


def temporary_files(path: Path) -> list[Path]:
    return list(path.parent.glob(".*.tmp"))


def kill_at_random(child: int, path: Path, delay: float, in_the_middle: bool) -> int:
    """The status with which the process ends."""
    time.sleep(delay)
    patience = time.perf_counter() + 10.0
    while in_the_middle and not temporary_files(path) and time.perf_counter() < patience:
        pass
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main(path: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    models = [make(1.0), make(2.0)]
    wanted = [digest(model.get_weights()) for model in models]
    start = time.perf_counter()
    save(models[0], path)
    longest = 0.01 + 3 * (time.perf_counter() - start)
    now = wanted[0]
    found = {"first": 0, "second": 0, "other": 0, "ended": 0}
    left: set[Path] = set()
    for kill in range(count):
        # The model that is not there comes first.
        child = saving_process(models if now == wanted[1] else models[::-1], path)
        status = kill_at_random(child, path, rng.uniform(0.0, longest), kill % 2 == 1)
        found["ended"] += not os.WIFSIGNALED(status)
        left |= set(temporary_files(path))
        now = loaded(path)
        key = ("first", "second")[wanted.index(now)] if now in wanted else "other"
        found[key] += 1
    save(models[0], path)
    found["in_the_middle"], found["left"] = len(left), len(list(path.parent.iterdir())) - 1
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
