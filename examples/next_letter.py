"""To be, or not to b...: given the start of a text, which letter comes next?

An LSTM reads a text one letter at a time and says after each how likely every letter is to be the
next. It learns from Shakespeare's plays, or from any other text in ASCII, and then writes on where
a line breaks off.

    python examples/next_letter.py                  # or --text FILE

Takes about half a minute. The plays are not in this repository: without them the program says where
they come from and where to put them. The figure that it must reach: fewer bits per letter on the
last tenth of the text, which it has not seen, than the letter before alone can reach (counts of
pairs: 3.6 bits of Shakespeare), by a quarter.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

import tidegate as keras
from tidegate.datasets import shakespeare
from tidegate.layers import LSTM, Dense, Embedding, Input
from tidegate.models import Sequential

# A fixed alphabet needs no file beside the model: id 0 is the end of a line, then ASCII from the
# space on. What is not in it is left out.
LETTERS = "\n" + "".join(map(chr, range(32, 127)))
STEPS = 100  # letters per sequence of training
BAR = 0.75
# Large steps first, small ones to settle.
SCHEDULE = ((1e-2, 2), (4e-3, 2), (1e-3, 2))
START = "To be, or not to b"
WRITTEN = 200  # letters

Array = np.ndarray[Any, Any]


def encode(text: str) -> Array:
    """Ids of its letters, int32 [T]."""
    codes = np.frombuffer(text.encode("ascii", "ignore"), np.uint8).astype(np.int32)
    codes = codes[(codes == ord("\n")) | ((codes >= 32) & (codes < 127))]
    return np.where(codes == ord("\n"), 0, codes - 31).astype(np.int32)


def decode(ids: Any) -> str:
    """The letters of ids [T]."""
    return "".join(LETTERS[i] for i in ids)


def sequences(ids: Array) -> tuple[Array, Array]:
    """Ids [T] -> what is read and what comes after each, int32 [B, STEPS]."""
    count = (len(ids) - 1) // STEPS
    x, y = ids[: count * STEPS], ids[1 : count * STEPS + 1]
    return x.reshape(count, STEPS), y.reshape(count, STEPS)


def build_model(width: int = 32, units: int = 128) -> Any:
    """Ids -> probabilities of the next one."""
    return Sequential(
        [
            Input((None,), dtype="int32"),
            Embedding(len(LETTERS), width),
            LSTM(units, return_sequences=True),
            Dense(len(LETTERS), activation="softmax"),
        ]
    )


def train(model: Any, ids: Array, schedule: Any = SCHEDULE, verbose: int = 1) -> None:
    """Adam, cross-entropy."""
    x, y = sequences(ids)
    model.compile(keras.optimizers.Adam(clipnorm=1.0), "sparse_categorical_crossentropy")
    for learning_rate, epochs in schedule:
        model.optimizer.learning_rate = learning_rate
        model.fit(x, y, batch_size=16, epochs=epochs, verbose=verbose)


def bits_per_letter(model: Any, ids: Array) -> float:
    """Of the letters of a text that was not learnt, from the second one of each sequence on."""
    x, y = sequences(ids)
    return float(model.evaluate(x, y, batch_size=64, verbose=0) / np.log(2))


def bits_of_pairs(learnt: Array, tested: Array) -> float:
    """What counting which letter follows which gives on the same text."""
    counts = np.ones((len(LETTERS), len(LETTERS)))
    np.add.at(counts, (learnt[:-1], learnt[1:]), 1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return float(-np.log2(shares[tested[:-1], tested[1:]]).mean())


def write_on(model: Any, start: str, count: int, rng: np.random.Generator) -> str:
    """``count`` letters behind ``start``, each drawn from what the model expects."""
    session = model.stream(batch=1)
    for letter in encode("\n" + start):  # a text begins a line
        expected = session.step(np.array([letter], np.int32))[0]
    written = []
    for _ in range(count):
        shares = np.cumsum(expected, dtype=np.float64)
        letter = int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))
        written.append(letter)
        expected = session.step(np.array([letter], np.int32))[0]
    return decode(written)


def main(argv: list[str] | None = None) -> int:
    """Train, compare on unseen text, write on, export."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--text", type=Path, help="to learn from, in place of Shakespeare's plays")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export", type=Path, help="write the model to this .tide file")
    options = parser.parse_args(argv)
    keras.utils.set_random_seed(options.seed)
    try:
        text = options.text.read_text() if options.text else shakespeare.load_data()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    ids = encode(text)
    learnt, tested = np.split(ids, [len(ids) * 9 // 10])
    model = build_model()
    train(model, learnt)
    if options.export:
        model.export(options.export)
    print(f"\n{START}|{write_on(model, START, WRITTEN, np.random.default_rng(options.seed))}")
    bits, pairs = bits_per_letter(model, tested), bits_of_pairs(learnt, tested)
    print(f"\nbits per letter: {bits:.2f}, of pairs {pairs:.2f} (must be under {BAR * pairs:.2f})")
    return 0 if bits < BAR * pairs else 1


if __name__ == "__main__":
    sys.exit(main())
