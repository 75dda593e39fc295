"""An amplifier as a network: an LSTM learns its sound, and leaves for C++ as a .tide file.

The amplifier is a treble boost, a valve that clips one side harder than the other, and a speaker
that swallows the highest tones. The network hears a sample and gives the one that the amplifier
would give: it has to find the curve and remember the last samples.

    python model.py

Writes amplifier.tide, and for main.cpp input.wav and target.wav, sound that was not learnt from and
what the amplifier makes of it, to build/. The sound is speech (spoken digits) if that data set is
there, generated tones if not. Takes about ten seconds. The figure that it must reach: the error's
energy is under 3 percent of the target's (of the input itself, at its best volume: 16 percent).
"""

from __future__ import annotations

import argparse
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np

import tidegate as keras
from tidegate.datasets import spoken_digits
from tidegate.layers import LSTM, Dense, Input
from tidegate.models import Sequential

UNITS = 32
LEARNT, TESTED = 120, 20  # recordings
RATE = spoken_digits.SAMPLE_RATE
STEPS = 256  # samples per sequence of training
WARM_UP = 32  # of them not learnt: what was before is not known
# Large steps first, small ones to settle.
SCHEDULE = ((1e-2, 8), (3e-3, 6), (5e-4, 4))
BAR = 0.03
FOLDER = Path(__file__).parent / "build"

Array = np.ndarray[Any, Any]


def amplifier(x: Array) -> Array:
    """What the network has to become: x [T] -> y [T], from the samples up to each."""
    boosted = 8 * np.convolve(x, (1, -0.6))[: len(x)]
    clipped = np.tanh(boosted + 0.3) - np.tanh(0.3)
    return 0.6 * np.convolve(clipped, 0.5 * 0.5 ** np.arange(16))[: len(x)]


def recordings(rng: np.random.Generator) -> tuple[Array, Array]:
    """Sound to learn from and sound to test with, each [T]."""
    try:
        (learn, _), (test, _) = spoken_digits.load_data()
    except FileNotFoundError as error:
        print(f"Generated tones, no speech: {error}", file=sys.stderr)
        learn, test = [[tone(rng) for _ in range(count)] for count in (LEARNT, TESTED)]
    return joined(pick(learn, LEARNT, rng)), joined(pick(test, TESTED, rng))


def pick(waves: list[Array], count: int, rng: np.random.Generator) -> list[Array]:
    """So many of them, in random order."""
    return [waves[place] for place in rng.permutation(len(waves))[:count]]


def tone(rng: np.random.Generator) -> Array:
    """Half a second of a voice-like sound: harmonics of a pitch that glides, fading out."""
    time = np.arange(RATE // 2) / RATE
    pitch = rng.uniform(80, 300) * (1 + rng.uniform(-0.5, 0.5) * time)
    turns = np.cumsum(pitch) / RATE
    strengths = rng.uniform(0, 1, 12) / np.arange(1, 13)
    harmonics = [s * np.sin(2 * np.pi * n * turns) for n, s in enumerate(strengths, start=1)]
    return np.sum(harmonics, axis=0) * np.exp(-rng.uniform(2, 8) * time)


def joined(waves: list[Array]) -> Array:
    """One after the other, each with a peak of 0.9, as 16 bits hold them."""
    levelled = np.concatenate([0.9 * w / np.abs(w).max() for w in waves])
    return np.round(levelled * 32768) / 32768


def sequences(signal: Array) -> Array:
    """[T] -> float32 [T // STEPS, STEPS, 1]."""
    whole = len(signal) // STEPS * STEPS
    return signal[:whole].reshape(-1, STEPS, 1).astype(np.float32)


def build_model(units: int = UNITS) -> Any:
    """A sample -> a sample."""
    return Sequential([Input((None, 1)), LSTM(units, return_sequences=True), Dense(1)])


def train(model: Any, x: Array, y: Array, schedule: Any = SCHEDULE) -> None:
    """On signals x and y [T], cut into sequences."""
    inputs, targets = sequences(x), sequences(y)
    known = np.ones(targets.shape[:2], np.float32)
    known[:, :WARM_UP] = 0
    model.compile(optimizer="adam", loss="mse")
    for learning_rate, epochs in schedule:
        model.optimizer.learning_rate = learning_rate
        model.fit(inputs, targets, sample_weight=known, batch_size=32, epochs=epochs, verbose=0)


def error_to_signal(y: Array, target: Array) -> float:
    """Energy of the error over that of the target."""
    return float(np.sum((y - target) ** 2) / np.sum(target**2))


def write_wav(path: Path, signal: Array) -> None:
    """[T] from -1 to 1 as 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.rint(signal * 32768), -32768, 32767).astype("<i2").tobytes())


def main(argv: list[str] | None = None) -> int:
    """Train, compare on unheard sound, export."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    learn, test = recordings(np.random.default_rng(0))
    model = build_model()
    train(model, learn, amplifier(learn))
    target = amplifier(test)
    y = model.stream().run(test.astype(np.float32).reshape(1, -1, 1))[0, :, 0]
    volume = np.sum(test * target) / np.sum(test**2)
    model.export(options.out / "amplifier.tide")
    write_wav(options.out / "input.wav", test)
    write_wav(options.out / "target.wav", target)
    error = error_to_signal(y, target)
    clean = error_to_signal(volume * test, target)
    print(f"error to signal: {error:.2%} (must be under {BAR:.0%}; of the input {clean:.0%})")
    return 0 if error < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
