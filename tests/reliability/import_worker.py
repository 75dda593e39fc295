"""What of the process import and use of tidegate change, as a JSON list of names."""

from __future__ import annotations

import json
import locale
import logging
import os
import random
import signal
import threading
import warnings

import numpy as np


def state() -> dict[str, object]:
    """Everything that a library must leave alone."""
    smallest = np.float32(1e-45)
    return {
        "signals": [str(signal.getsignal(s)) for s in signal.valid_signals()],
        "environment": dict(os.environ),
        "subnormal numbers": float(smallest * np.float32(1.0)) > 0,
        "subnormal results": float(np.float32(2e-38) / np.float32(4)) > 0,
        "rounding": float(np.float32(1) / np.float32(3)).hex(),
        "locale": locale.setlocale(locale.LC_ALL),
        "affinity": sorted(os.sched_getaffinity(0)),
        "warning filters": [str(f) for f in warnings.filters],
        "NumPy error state": np.geterr(),
        "NumPy random state": np.random.get_state()[1].tolist(),  # noqa: NPY002 (what is watched)
        "random state": random.getstate(),
        "logging": [str(logging.root.handlers), logging.root.level],
        "directory": os.getcwd(),
        "umask": _umask(),
        "threads": threading.active_count(),
    }


def _umask() -> int:
    mask = os.umask(0o22)
    os.umask(mask)
    return mask


def main() -> None:
    before = state()
    import tidegate

    imported = state()
    layer = tidegate.layers.LSTM(9)
    # Tiny inputs make subnormals inside, where they are flushed; here they must not be.
    for _ in range(3):
        layer(np.full((4, 50, 3), 1e-30, np.float32))
    used = state()
    changed = [name for name in before if before[name] != imported[name]]
    # Weights are drawn from Python's generator when no seed is set, as Keras does.
    later = [n for n in before if imported[n] != used[n] and n != "random state"]
    print(json.dumps(changed + [f"{name} (after use)" for name in later]))


if __name__ == "__main__":
    main()
