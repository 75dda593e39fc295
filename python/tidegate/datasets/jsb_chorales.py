"""Bach's four-part chorales in quarter notes: for models of music."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from ._source import Source

__all__ = ["HIGHEST", "LOWEST", "SOURCE", "load_data", "piano_roll"]

LOWEST, HIGHEST = 43, 96
SOURCE = Source(
    name="jsb_chorales",
    folder="music",
    files={
        "jsb-chorales-quarter.json": (
            "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91"
        ),
    },
    origin="github.com/czhuang/JSB-Chorales-dataset",
    licence="the music is in the public domain",
)

Chorale = list[list[int]]


def load_data() -> dict[str, list[Chorale]]:
    """Chorales of the parts "train", "valid" and "test": 229, 76 and 77.

    A chorale is a list of quarter notes, each a list of the MIDI pitches that sound, none to four.

    Raises:
        FileNotFoundError: says which file to put where.
        DatasetError: the file's checksum is another.
    """
    return json.loads(SOURCE.read("jsb-chorales-quarter.json"))


def piano_roll(chorale: Sequence[Sequence[int]]) -> np.ndarray:
    """float32 [T, 54]: 1 where a pitch from ``LOWEST`` to ``HIGHEST`` sounds.

    Raises:
        ValueError: a pitch outside the range.

    Example:

    >>> roll = piano_roll([[43, 45], []])
    >>> roll.shape, roll[:, :3].tolist()
    ((2, 54), [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    """
    roll = np.zeros((len(chorale), HIGHEST - LOWEST + 1), dtype=np.float32)
    for step, pitches in enumerate(chorale):
        for pitch in pitches:
            if not LOWEST <= pitch <= HIGHEST:
                raise ValueError(
                    f"[piano_roll] a pitch must be {LOWEST} to {HIGHEST}. "
                    f"Received: {pitch} at step {step}."
                )
            roll[step, pitch - LOWEST] = 1.0
    return roll
