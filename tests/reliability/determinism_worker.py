"""`determinism_worker.py <steps> <split:threads:mode,...> <policy>`: bits of trainings, as JSON.

Trains the masked classifier once per schedule, number of threads and memory mode on the ISA that
TIDEGATE_ISA names, and prints for each a hash of losses, weights and predictions, and which teams
ran.
"""

from __future__ import annotations

import json
import os
import sys

import numpy as np
from reliable_models import classifier, digest, sentences

import tidegate
from tidegate import _core

ROWS = 13


class Spy:
    """Wraps one function of the core and notes, after each call, what it ran on."""

    def __init__(self, name: str) -> None:
        self.plain = getattr(_core, name)
        self.seen: set[tuple[str, int, str]] = set()
        setattr(_core, name, self)

    def __call__(self, *args: object, **keywords: object) -> object:
        result = self.plain(*args, **keywords)
        run = _core.last_run()
        cell = getattr(args[1][0], "cell", "any") if isinstance(args[1], tuple) else "any"
        self.seen.add((f"{cell} {run['op']}", run["threads"], run["schedule"]))
        return result


def train(steps: int) -> str:
    """The hash of everything that a training leaves behind."""
    ids, labels = sentences(ROWS * 5)
    model = classifier()
    losses = []
    for step in range(steps):
        rows = slice(step % 5 * ROWS, (step % 5 + 1) * ROWS)
        losses.append(model.train_on_batch(ids[rows], labels[rows]))
    predictions = model.predict(ids, verbose=0)
    return digest([np.array(losses), *model.get_weights(), predictions])


def main() -> None:
    steps, configurations, policy = sys.argv[1:]
    tidegate.config.set_dtype_policy(policy)
    spies = [Spy("recurrent_forward"), Spy("recurrent_backward")]
    found = []
    for configuration in configurations.split(","):
        split, threads, mode = configuration.split(":")
        os.environ["TIDEGATE_SPLIT"] = "" if split == "auto" else split
        tidegate.set_num_threads(int(threads))
        for spy in spies:
            spy.seen.clear()
        with tidegate.RematScope(int(mode) if mode.isdigit() else mode):
            bits = train(int(steps))
        ran = sorted(set().union(*(spy.seen for spy in spies)))
        found.append({"split": split, "threads": int(threads), "hash": bits, "ran": ran})
    print(json.dumps({"isa": _core.isa(), "runs": found}))


if __name__ == "__main__":
    main()
