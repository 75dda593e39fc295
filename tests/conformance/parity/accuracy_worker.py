"""`accuracy_worker.py keras|tidegate <cell> pre|post <seeds>`: held-out accuracies as JSON."""

from __future__ import annotations

import importlib
import json
import sys

import tutorial_models
from reviews import load

EPOCHS, HELD_OUT = 3, 1000


def main() -> None:
    name, cell, padding, seeds = sys.argv[1:]
    package = importlib.import_module(name)
    reviews = load(padding)
    x, y = reviews.ids, reviews.labels
    accuracies = []
    for seed in range(int(seeds)):
        package.utils.set_random_seed(seed)
        model = tutorial_models.build(package, cell, mask_zero=padding == "post")
        model.fit(x[:-HELD_OUT], y[:-HELD_OUT], batch_size=64, epochs=EPOCHS, verbose=0)
        accuracies.append(model.evaluate(x[-HELD_OUT:], y[-HELD_OUT:], verbose=0)[1])
    print(json.dumps(accuracies))


if __name__ == "__main__":
    main()
