"""The movie review sentences as the tutorials use them: 5,000 words, 40 steps, two paddings."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

WORDS, STEPS = 5000, 40
UNKNOWN = 1  # 0 is padding


class Reviews(NamedTuple):
    """ids [N, 40] and labels [N], shuffled once."""

    ids: np.ndarray
    labels: np.ndarray


def _lines(name: str) -> list[str]:
    folder = os.environ.get("TIDEGATE_DATA")
    if folder is None:
        raise FileNotFoundError(
            "[parity] the movie reviews are needed. Received: no TIDEGATE_DATA. "
            "Hint: set it to a folder with sentiment/rt-polarity.pos and .neg."
        )
    return (Path(folder) / "sentiment" / name).read_text("latin-1").splitlines()


def load(padding: str) -> Reviews:
    """The sentences with padding "pre" or "post"; words by falling frequency, ties by spelling."""
    positive, negative = _lines("rt-polarity.pos"), _lines("rt-polarity.neg")
    sentences = [line.split() for line in positive + negative]
    counts = Counter(word for sentence in sentences for word in sentence)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[: WORDS - 2]
    index = {word: i + 2 for i, word in enumerate(ranked)}
    ids = np.zeros((len(sentences), STEPS), np.int32)
    for row, sentence in zip(ids, sentences):
        known = [index.get(word, UNKNOWN) for word in sentence[:STEPS]]
        if known:
            row[: len(known)] = known
            if padding == "pre":
                row[:] = np.roll(row, STEPS - len(known))
    labels = np.repeat([1.0, 0.0], [len(positive), len(negative)]).astype(np.float32)
    order = np.random.default_rng(0).permutation(len(ids))
    return Reviews(ids[order], labels[order])
