"""`memory_worker.py <predicts> <trainings>`: growth of the resident memory in bytes, as JSON."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from reliable_models import classifier, sentences


def resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    predicts, trainings = int(sys.argv[1]), int(sys.argv[2])
    model = classifier(units=16)
    ids, labels = sentences(8)
    for _ in range(200):
        model.predict(ids, verbose=0)
        model.train_on_batch(ids, labels)
    before = resident()
    for _ in range(predicts):
        model.predict(ids, verbose=0)
    for _ in range(trainings):
        model.train_on_batch(ids, labels)
    print(json.dumps(resident() - before))


if __name__ == "__main__":
    main()
