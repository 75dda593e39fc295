"""Does a machine sound healthy? A GRU learns to tell, and leaves for a microcontroller as C.

A sensor gives 16 samples of a vibration per step. The network says after each step whether the
machine is healthy, misaligned (the shaft's second harmonic) or has a damaged bearing (ringing
impulses at a multiple of the shaft's frequency that is no whole number). Vibrations are generated.

    python model.py && make run             (or python model.py --weights int8)

Writes model.c, model.h and stream.bin, unseen windows for the board, to build/. Takes two seconds.
The figure that it must reach: 95 percent of them recognised; the board recognises as many.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

import tidegate as keras
from tidegate.layers import GRU, Dense, Input
from tidegate.models import Sequential

CLASSES = ("healthy", "misaligned", "bearing")
FRAME = 16  # samples per step
STEPS = 20
UNITS = 32
BAR = 0.95
FOLDER = Path(__file__).parent / "build"


def generate(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Windows [count, STEPS, FRAME] of unit variance, and their classes [count]."""
    time = np.arange(STEPS * FRAME)
    labels = rng.integers(len(CLASSES), size=count)
    shaft = rng.uniform(0.01, 0.03, (count, 1))  # turns per sample
    phase = rng.uniform(0, 2 * np.pi, (3, count, 1))
    strength = rng.uniform(0.3, 0.8, (count, 1))
    signal = np.sin(2 * np.pi * shaft * time + phase[0])
    second = strength * np.sin(4 * np.pi * shaft * time + phase[1])
    since = (time + phase[2] / (7.2 * np.pi * shaft)) % (1 / (3.6 * shaft))  # the last impulse
    ringing = 1.5 * strength * np.exp(-since / 3) * np.cos(2 * np.pi * 0.31 * since)
    signal = signal + np.where(labels[:, None] == 1, second, 0)
    signal = signal + np.where(labels[:, None] == 2, ringing, 0)
    signal = signal + rng.normal(scale=0.2, size=signal.shape)
    signal = signal / signal.std(axis=1, keepdims=True)
    return signal.reshape(count, STEPS, FRAME).astype(np.float32), labels.astype(np.int32)


def build_model(units: int = UNITS) -> Any:
    """16 samples -> probabilities of the classes."""
    return Sequential([Input((None, FRAME)), GRU(units), Dense(len(CLASSES), activation="softmax")])


def train(model: Any, windows: int, epochs: int, rng: np.random.Generator) -> None:
    """Adam, cross-entropy."""
    model.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy")
    x, y = generate(windows, rng)
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)


def write_stream(path: Path, x: np.ndarray, labels: np.ndarray) -> None:
    """What main.c reads."""
    parts = [np.array(x.shape[:2], "<u4").tobytes()]
    for window, label in zip(x, labels, strict=True):
        parts += [np.array(label, "<u4").tobytes(), window.astype("<f4").tobytes()]
    path.write_bytes(b"".join(parts))


def main(argv: list[str] | None = None) -> int:
    """Train, export, say what the board must recognise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    parser.add_argument("--weights", choices=("float32", "int8"), default="float32")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = build_model()
    train(model, 3000, 12, rng)
    x, labels = generate(200, rng)
    session = model.stream(batch=len(x), weights=options.weights)
    right = int((session.run(x)[:, -1].argmax(axis=1) == labels).sum())
    model.export(options.out / "model.c", weights=options.weights, freestanding=True)
    write_stream(options.out / "stream.bin", x, labels)
    print(f"windows: {len(x)}\nrecognised: {right}")
    return 0 if right >= BAR * len(x) else 1


if __name__ == "__main__":
    sys.exit(main())
