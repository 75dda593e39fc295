"""int8 beside float32 on three tasks with different outputs, over 5 seeds.

The bars: accuracy within 0.5 points, the error of a forecast within 1 %, of the float model's, on
average. Both run as streams over whole sequences without padding, as a deployed model does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tidegate
from tidegate.datasets import movie_reviews, names, seattle_weather
from tidegate.layers import GRU, LSTM, Dense, Embedding, Input, SimpleRNN

pytestmark = pytest.mark.slow
SEEDS = range(5)
Sequences = list[list[int]]


def streamed(model: Any, sequences: Sequences, weights: str) -> np.ndarray:
    """The output after the last step of each sequence; those of one length run together."""
    y = np.empty((len(sequences), model.output_shape[-1]), np.float32)
    graph = tidegate.runtime.lower(model, weights)
    lengths = np.array([len(ids) for ids in sequences])
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        x = np.array([sequences[row] for row in rows], np.int32)
        y[rows] = graph.session(len(rows)).run(x)[:, -1]
    return y


def padded(sequences: Sequences) -> np.ndarray:
    return tidegate.utils.pad_sequences(sequences, padding="post")


def data_or_skip(load: Callable[[], Any]) -> Any:
    try:
        return load()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def compare(title: str, scores: Iterator[tuple[float, float]]) -> tuple[float, float]:
    """Averages of the float and the int8 score; prints every seed's."""
    pairs = np.array(list(scores))
    for seed, (full, whole) in enumerate(pairs):
        print(f"{title}, seed {seed}: float32 {full:.4f}, int8 {whole:.4f}")
    full, whole = pairs.mean(axis=0)
    print(f"{title}, mean: float32 {full:.4f}, int8 {whole:.4f}")
    return float(full), float(whole)


def languages() -> tuple[Sequences, np.ndarray, Sequences, np.ndarray]:
    """Names as ids of characters with their languages; names that stand twice are left out."""
    found = data_or_skip(names.load_data)
    counts: dict[str, int] = {}
    for name in (name for group in found.values() for name in set(group)):
        counts[name] = counts.get(name, 0) + 1
    pairs = [
        (name, label)
        for label, group in enumerate(found.values())
        for name in sorted(set(group))
        if counts[name] == 1
    ]
    letters = {letter: i for i, letter in enumerate(sorted({c for n, _ in pairs for c in n}), 1)}
    order = np.random.default_rng(1).permutation(len(pairs))
    ids = [[letters[c] for c in pairs[i][0]] for i in order]
    labels = np.array([pairs[i][1] for i in order])
    cut = len(ids) * 4 // 5
    return ids[:cut], labels[:cut], ids[cut:], labels[cut:]


def test_language_of_a_name() -> None:
    x, y, x_test, y_test = languages()
    vocabulary = 1 + max(max(ids) for ids in x + x_test)

    def scores() -> Iterator[tuple[float, float]]:
        for seed in SEEDS:
            tidegate.utils.set_random_seed(seed)
            model = tidegate.Sequential(
                [
                    Input((None,)),
                    Embedding(vocabulary, 32, mask_zero=True),
                    GRU(64),
                    Dense(18, activation="softmax"),
                ]
            )
            model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
            model.fit(padded(x), y, batch_size=64, epochs=5, verbose=0)
            yield tuple(
                float((streamed(model, x_test, kind).argmax(axis=1) == y_test).mean())
                for kind in ("float32", "int8")
            )

    full, whole = compare("language of a name, GRU 64, accuracy", scores())
    assert full > 0.7
    assert abs(full - whole) < 0.005


def test_sentiment() -> None:
    (x, y), (x_test, y_test) = data_or_skip(movie_reviews.load_data)

    def scores() -> Iterator[tuple[float, float]]:
        for seed in SEEDS:
            tidegate.utils.set_random_seed(seed)
            model = tidegate.Sequential(
                [
                    Input((None,)),
                    Embedding(5000, 64, mask_zero=True),
                    LSTM(64),
                    Dense(1, activation="sigmoid"),
                ]
            )
            model.compile(optimizer="adam", loss="binary_crossentropy")
            model.fit(padded(x), y, batch_size=32, epochs=2, verbose=0)
            yield tuple(
                float(((streamed(model, x_test, kind)[:, 0] > 0.5) == y_test).mean())
                for kind in ("float32", "int8")
            )

    full, whole = compare("sentiment, LSTM 64, accuracy", scores())
    assert full > 0.7
    assert abs(full - whole) < 0.005


def weather() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """30 days of four numbers -> tomorrow's highest temperature, standardised; 2015 is held out."""
    days = seattle_weather.load_data()
    values = np.stack([days.precipitation, days.temp_max, days.temp_min, days.wind], axis=1)
    train = int((days.dates < np.datetime64("2015-01-01")).sum())
    values = (values - values[:train].mean(axis=0)) / values[:train].std(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(values, 30, axis=0).transpose(0, 2, 1)
    x = np.ascontiguousarray(windows[:-1], np.float32)
    y = values[30:, 1:2].astype(np.float32)
    cut = train - 30
    return x[:cut], y[:cut], x[cut:], y[cut:]


@pytest.mark.parametrize("cell", ["simple_rnn", "gru_before"])
def test_weather(cell: str) -> None:
    x, y, x_test, y_test = weather()

    def scores() -> Iterator[tuple[float, float]]:
        for seed in SEEDS:
            tidegate.utils.set_random_seed(seed)
            layer = SimpleRNN(32) if cell == "simple_rnn" else GRU(32, reset_after=False)
            model = tidegate.Sequential([Input((None, 4)), layer, Dense(1)])
            model.compile(optimizer="adam", loss="mse")
            model.fit(x, y, batch_size=32, epochs=15, verbose=0)
            errors = []
            for kind in ("float32", "int8"):
                found = model.stream(batch=len(x_test), weights=kind).run(x_test)[:, -1]
                errors.append(float(np.sqrt(np.mean((found - y_test) ** 2))))
            yield errors[0], errors[1]

    full, whole = compare(f"weather, {cell} 32, error", scores())
    assert full < 0.5
    assert abs(whole - full) < 0.01 * full
