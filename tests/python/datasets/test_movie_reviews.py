"""Words to ids, and a held-out part that the word index has not seen."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest

from tidegate.datasets import movie_reviews


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Twenty sentences of each class; each has a word of its own, one contains U+0085."""
    folder = tmp_path / "sentiment"
    folder.mkdir()
    files = {}
    for label, file in enumerate(movie_reviews.SOURCE.files):
        lines = [f"word{label} own{label}x{number}\x85 " for number in range(20)]
        data = ("\n".join(lines) + "\n").encode()
        (folder / file).write_bytes(data)
        files[file] = hashlib.sha256(data).hexdigest()
    source = dataclasses.replace(movie_reviews.SOURCE, files=files)
    monkeypatch.setattr(movie_reviews, "SOURCE", source)
    monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path))


@pytest.mark.usefixtures("small")
def test_sentences_come_in_turn_with_labels():
    sentences, labels = movie_reviews.load_sentences()
    assert len(sentences) == 40
    assert labels.tolist() == [0, 1] * 20
    assert [text.split()[0] for text in sentences[:2]] == ["word0", "word1"]


@pytest.mark.usefixtures("small")
def test_every_tenth_sentence_is_held_out_and_its_own_words_are_unknown():
    (x_train, y_train), (x_test, y_test) = movie_reviews.load_data()
    assert (len(x_train), len(x_test)) == (36, 4)
    assert y_train.mean() == y_test.mean() == 0.5
    assert all(movie_reviews.UNKNOWN in row for row in x_test)
    assert not any(movie_reviews.UNKNOWN in row for row in x_train)


@pytest.mark.usefixtures("small")
def test_num_words_bounds_the_ids():
    (x_train, _), _ = movie_reviews.load_data(num_words=4)
    assert max(max(row) for row in x_train) == 3
    assert {row[0] for row in x_train} == {2, 3}


def test_word_index_is_by_count_then_alphabet():
    index = movie_reviews.word_index(["b a c", "c b", "c"])
    assert index == {"c": 2, "b": 3, "a": 4}
    assert movie_reviews.word_index(["c b", "c", "b a c"]) == index


def test_labels_are_int32():
    ids = movie_reviews.to_ids(["x y"], {"y": 2})
    assert ids == [[movie_reviews.UNKNOWN, 2]]
    assert np.array(ids).min() > movie_reviews.PADDING
