"""Is a sentence about a film praise or blame? The model of every tutorial on recurrent networks.

    python examples/sentiment.py --cell lstm        # or rnn, gru, bilstm

The sentences (Pang and Lee, 2005) may be used for research, so they are not in this repository:
without them the program says where they come from and where to put them. Takes a few seconds.
The figure that it must reach: the share of held-out sentences in ``BARS``; guessing has 50 percent.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import tidegate as keras
from tidegate.datasets import movie_reviews
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Embedding, SimpleRNN
from tidegate.models import Sequential

WORDS, WIDTH, UNITS, STEPS = 5000, 64, 128, 40
CELLS = {
    "rnn": lambda units: SimpleRNN(units, activation="tanh"),
    "lstm": lambda units: LSTM(units),
    "gru": lambda units: GRU(units),
    "bilstm": lambda units: Bidirectional(LSTM(units)),
}
BARS = {"rnn": 0.66, "lstm": 0.70, "gru": 0.70, "bilstm": 0.70}
EPOCHS = {"rnn": 3, "lstm": 2, "gru": 2, "bilstm": 2}


def build_model(cell: str, words: int = WORDS, width: int = WIDTH, units: int = UNITS) -> Any:
    model = Sequential(
        [
            # Padding is masked: a SimpleRNN has forgotten a short sentence after 20 steps of it.
            Embedding(words, width, mask_zero=True),
            CELLS[cell](units),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cell", choices=CELLS, default="lstm")
    parser.add_argument("--epochs", type=int, help="passes over 9,596 sentences")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    keras.utils.set_random_seed(options.seed)
    try:
        (x_train, y_train), (x_test, y_test) = movie_reviews.load_data(num_words=WORDS)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    pad = keras.utils.pad_sequences
    model = build_model(options.cell)
    model.fit(
        pad(x_train, maxlen=STEPS),
        y_train,
        batch_size=32,
        epochs=options.epochs or EPOCHS[options.cell],
    )
    _, accuracy = model.evaluate(pad(x_test, maxlen=STEPS), y_test, verbose=0)
    bar = BARS[options.cell]
    print(f"{options.cell}: {accuracy:.1%} of {len(y_test):,} held-out sentences "
          f"(must reach {bar:.0%})")  # fmt: skip
    return 0 if accuracy >= bar else 1


if __name__ == "__main__":
    sys.exit(main())
