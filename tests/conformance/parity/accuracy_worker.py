"""`accuracy_worker.py keras|tidegate <cell> pre|post <seeds>`: held-out accuracies as JSON.

Both start from the same weights and see the same batches: with their own they differ by 2 to 4
points from seed to seed (SimpleRNN over reviews padded in front), more than the test allows.
"""

from __future__ import annotations

import importlib
import json
import sys

import numpy as np
import tutorial_models
from reviews import load

import tidegate

EPOCHS, HELD_OUT = 3, 1000


def main() -> None:
    name, cell, padding, seeds = sys.argv[1:]
    package = importlib.import_module(name)
    reviews = load(padding)
    x, y = reviews.ids, reviews.labels
    accuracies = []
    for seed in range(int(seeds)):
        tidegate.utils.set_random_seed(seed)
        start = tutorial_models.build(tidegate, cell, mask_zero=padding == "post").get_weights()
        model = tutorial_models.build(package, cell, mask_zero=padding == "post")
        model.set_weights(start)
        rng = np.random.default_rng(seed)
        for _ in range(EPOCHS):
            order = rng.permutation(len(x) - HELD_OUT)
            model.fit(x[order], y[order], batch_size=64, epochs=1, shuffle=False, verbose=0)
        accuracies.append(model.evaluate(x[-HELD_OUT:], y[-HELD_OUT:], verbose=0)[1])
    print(json.dumps(accuracies))


if __name__ == "__main__":
    main()
