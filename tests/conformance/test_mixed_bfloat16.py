"""Training under mixed_bfloat16 beside float32: the tutorials' sentiment models, equal seeds.

The bars: weights after 50 steps within 1 % of float32's, norm-wise over all of them; held-out
accuracy within 2 points over 5 seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidegate
from tidegate.datasets import movie_reviews
from tidegate.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Input, SimpleRNN

WORDS, STEPS, BATCH = 5000, 40, 32
CELLS: dict[str, Callable[[], Any]] = {
    "rnn": lambda: SimpleRNN(128),
    "lstm": lambda: LSTM(128),
    "gru": lambda: GRU(128),
    "bilstm": lambda: Bidirectional(LSTM(128)),
}
Weights = list[np.ndarray]


@pytest.fixture(autouse=True)
def _float32_again():
    yield
    tidegate.utils.clear_session()


def model_of(cell: str, policy: str, seed: int) -> Any:
    tidegate.config.set_dtype_policy(policy)
    tidegate.utils.set_random_seed(seed)
    model = tidegate.Sequential(
        [
            Input((STEPS,)),
            Embedding(WORDS, 64, mask_zero=True),
            CELLS[cell](),
            Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def after_50_steps(cell: str, policy: str, seed: int, x: np.ndarray, y: np.ndarray) -> Any:
    """(weights before, after)."""
    model = model_of(cell, policy, seed)
    before = model.get_weights()
    rows = 50 * BATCH
    model.fit(x[:rows], y[:rows], batch_size=BATCH, shuffle=False, verbose=0)
    assert model.optimizer.iterations.numpy() == 50
    return before, model.get_weights()


def norm(weights: Weights) -> float:
    return float(np.sqrt(sum(np.sum(np.square(w, dtype=np.float64)) for w in weights)))


def distance(a: Weights, b: Weights) -> float:
    return norm([p - q for p, q in zip(a, b, strict=True)])


def check_weights(cell: str, seed: int, x: np.ndarray, y: np.ndarray) -> None:
    start, wide = after_50_steps(cell, "float32", seed, x, y)
    same_start, narrow = after_50_steps(cell, "mixed_bfloat16", seed, x, y)
    assert distance(start, same_start) == 0
    change = distance(wide, start)
    share = distance(wide, narrow) / norm(wide)
    print(f"{cell}, seed {seed}: {share:.2%} of the weights", end=", ")
    print(f"{distance(wide, narrow) / change:.1%} of what training changed")
    assert change > 0.1 * norm(wide)
    assert 0 < share < 0.01


def sentences(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Words with a sign of their own, fewer the rarer; a sentence has the sign of most of them."""
    rng = np.random.default_rng(seed)
    ids = 1 + np.minimum(rng.exponential(WORDS / 8, (50 * BATCH, STEPS)), WORDS - 2).astype("int32")
    signs = rng.choice([-1, 1], WORDS)
    lengths = rng.integers(5, STEPS + 1, len(ids))
    ids[np.arange(STEPS) >= lengths[:, np.newaxis]] = 0
    signs[0] = 0
    return ids, (signs[ids].sum(axis=1) > 0).astype("float32")


@pytest.mark.parametrize("cell", CELLS)
def test_weights_after_50_steps(cell: str) -> None:
    check_weights(cell, 1, *sentences(3))


def reviews() -> Any:
    try:
        (x, y), (x_test, y_test) = movie_reviews.load_data(num_words=WORDS)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    pad = tidegate.utils.pad_sequences
    return pad(x, maxlen=STEPS), y, pad(x_test, maxlen=STEPS), y_test


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_weights_after_50_steps_of_reviews(cell: str) -> None:
    x, y, _, _ = reviews()
    for seed in range(5):
        check_weights(cell, seed, x, y)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_accuracy_over_5_seeds(cell: str) -> None:
    x, y, x_test, y_test = reviews()
    found: dict[str, list[float]] = {"float32": [], "mixed_bfloat16": []}
    for policy, accuracies in found.items():
        for seed in range(5):
            model = model_of(cell, policy, seed)
            model.fit(x, y, batch_size=BATCH, epochs=2, verbose=0)
            accuracies.append(model.evaluate(x_test, y_test, verbose=0)[1])
    wide, narrow = (np.array(accuracies) for accuracies in found.values())
    print(f"{cell}: float32 {wide.round(3)}, mixed_bfloat16 {narrow.round(3)}")
    assert wide.mean() > 0.65
    assert abs(wide.mean() - narrow.mean()) < 0.02
