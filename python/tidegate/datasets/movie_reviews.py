"""Movie review sentences, 5,331 positive and 5,331 negative: the tutorials' sentiment task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ._source import Source

__all__ = ["PADDING", "SOURCE", "UNKNOWN", "load_data", "load_sentences", "to_ids", "word_index"]

SOURCE = Source(
    name="movie_reviews",
    folder="sentiment",
    files={
        "rt-polarity.neg": "2b78ab5f626b11e09896e7abeaaa82c07c94217d4a462bdfaea2ec3e17cd0fe0",
        "rt-polarity.pos": "d2a0074778723394433cca5892ea281f643e630f6eb95e282d23819a22261ac6",
    },
    origin="github.com/yoonkim/CNN_sentence (sentence polarity data 1.0 of Pang and Lee, 2005)",
    licence="for research",
)
PADDING, UNKNOWN = 0, 1
_HELD_OUT_EVERY = 10

Split = tuple[list[list[int]], np.ndarray]


def load_sentences() -> tuple[list[str], np.ndarray]:
    """10,662 sentences, tokens separated by spaces, and int32 labels: 0 negative, 1 positive.

    Positive and negative ones in turn, in the order of the files.

    Raises:
        FileNotFoundError: says which files to put where.
        DatasetError: a file's checksum is another.

    Source: Pang and Lee, "Seeing stars", ACL 2005.
    """
    # Not splitlines(): the text contains U+0085, which is no end of a line here.
    negative, positive = (
        SOURCE.read(file).decode("utf-8").strip().split("\n") for file in SOURCE.files
    )
    sentences = [text.strip() for pair in zip(negative, positive, strict=True) for text in pair]
    return sentences, np.tile(np.array([0, 1], dtype=np.int32), len(negative))


def word_index(sentences: Iterable[str], num_words: int | None = None) -> dict[str, int]:
    """Ids of the most frequent words: 2, 3, ... below ``num_words``; 0 pads, 1 is unknown.

    Words of equal count follow the alphabet, so the index does not depend on the order of the
    sentences.

    Example:

    >>> word_index(["a b a", "b a c"], num_words=4)
    {'a': 2, 'b': 3}
    """
    counts = Counter(word for sentence in sentences for word in sentence.split())
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    kept = ordered if num_words is None else ordered[: max(num_words - 2, 0)]
    return {word: number for number, word in enumerate(kept, start=2)}


def to_ids(sentences: Iterable[str], index: dict[str, int]) -> list[list[int]]:
    """Sentences as lists of ids; a word that is not in the index becomes ``UNKNOWN``.

    Example:

    >>> to_ids(["a film"], {"a": 2})
    [[2, 1]]
    """
    return [[index.get(word, UNKNOWN) for word in sentence.split()] for sentence in sentences]


def load_data(num_words: int | None = 5000) -> tuple[Split, Split]:
    """``(x_train, y_train), (x_test, y_test)``: 9,596 and 1,066 sentences as lists of word ids.

    Every tenth sentence of each class is held out; the word index is made from the others alone.
    ``tidegate.utils.pad_sequences(x, maxlen=40)`` makes an array of x.

    Args:
        num_words: ids are below this number; None keeps every word.

    Raises:
        FileNotFoundError, DatasetError: as ``load_sentences``.
    """
    sentences, labels = load_sentences()
    held_out = np.arange(len(sentences)) // 2 % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1
    train = [text for text, out in zip(sentences, held_out, strict=True) if not out]
    test = [text for text, out in zip(sentences, held_out, strict=True) if out]
    index = word_index(train, num_words)
    return (to_ids(train, index), labels[~held_out]), (to_ids(test, index), labels[held_out])
