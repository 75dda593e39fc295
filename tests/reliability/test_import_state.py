"""Importing tidegate changes nothing in the process, and neither does using it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tidegate import _core


def test_import_and_use_change_nothing() -> None:
    script = Path(__file__).with_name("import_worker.py")
    done = subprocess.run(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_import_brings_numpy_alone() -> None:
    code = "import sys, tidegate; tidegate.layers.LSTM(2); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    foreign = {"torch", "keras", "tensorflow", "jax", "h5py", "matplotlib", "pandas", "scipy"}
    assert not loaded & foreign
    assert "numpy" in loaded


def test_subnormals_survive_a_call_on_this_thread() -> None:
    """The core flushes them while it computes, on the caller's thread too, and gives them back."""
    kernel, recurrent = np.zeros((2, 8), np.float32), np.zeros((2, 8), np.float32)
    weights = (_core.RecurrentWeights("lstm", kernel, recurrent, None),)
    _core.recurrent_forward(
        np.full((3, 4, 2), 1e-40, np.float32), weights, initial_state=None, mask=None,
        go_backwards=(False,), activation="tanh", recurrent_activation="sigmoid",
        return_sequences=False, time_order=False, zero_output_for_mask=False, training=False,
        x_dropout=None, h_dropout=None,
    )  # fmt: skip
    assert np.float32(1e-45) * np.float32(1) > 0
    assert np.float32(2e-38) / np.float32(4) > 0
