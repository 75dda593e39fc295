"""The examples' parts on small sizes; CI runs the programs."""

from __future__ import annotations

import numpy as np
import pytest
from example_programs import load

import tidegate as keras


@pytest.fixture(scope="module")
def next_number():
    return load("next_number")


@pytest.fixture(scope="module")
def next_letter():
    return load("next_letter")


@pytest.fixture(scope="module")
def sentiment():
    return load("sentiment")


def test_generated_sequences_add_or_multiply(next_number):
    rows = next_number.generate(200, np.random.default_rng(1))
    ratios, differences = rows[:, 1:] / rows[:, :-1], np.diff(rows, axis=1)
    multiplied = np.isclose(ratios, ratios[:, :1]).all(axis=1)
    added = np.isclose(differences, differences[:, :1]).all(axis=1)
    assert (multiplied | added).all()
    assert multiplied.any()
    assert added.any()
    assert (rows > 0).all()


def test_right_outputs_decode_to_the_next_number(next_number):
    rows = np.array([[2.0, 4.0, 8.0]])
    ratio = np.log2(rows[:, 1:] / rows[:, :-1])[..., np.newaxis]
    np.testing.assert_allclose(next_number.decode(rows[:, :-1], ratio), rows[:, 1:])


def test_next_number_streams_the_bits_of_the_sequence(next_number):
    keras.utils.set_random_seed(0)
    model = next_number.build_model(units=4)
    next_number.train(model, next_number.generate(64, np.random.default_rng(0)), ((1e-3, 1),))
    numbers = np.array([[2.0, 4.0, 8.0, 16.0]])
    outputs = np.asarray(model.predict(next_number.encode(numbers), verbose=0))
    expected = next_number.decode(numbers, outputs)[0].tolist()
    assert next_number.stream(model, [2, 4, 8, 16]) == expected
    assert 0.0 <= next_number.share_of_good(model, numbers.repeat(2, axis=1)) <= 1.0


def test_letters_are_ascii_and_the_end_of_a_line(next_letter):
    assert next_letter.encode("\n ~\té").tolist() == [0, 1, 95]
    assert next_letter.decode([0, 1, 95]) == "\n ~"
    x, y = next_letter.sequences(np.arange(2 * next_letter.STEPS + 1))
    assert (y == x + 1).all()
    assert x.ravel().tolist() == list(range(2 * next_letter.STEPS))


def test_letters_of_a_text_that_repeats_are_learnt_and_written_on(next_letter):
    keras.utils.set_random_seed(0)
    ids = next_letter.encode("abab ac\n" * 400)
    model = next_letter.build_model(width=8, units=16)
    next_letter.train(model, ids, ((2e-2, 200),), verbose=0)
    # Three letters of eight are an a: then b twice, c once. Two are a b: then a or the space.
    pairs = next_letter.bits_of_pairs(ids, ids)
    assert 0.59 < pairs < 0.8
    assert next_letter.bits_per_letter(model, ids) < 0.3 * pairs
    written = next_letter.write_on(model, "abab ac\nab", 10, np.random.default_rng(0))
    assert written == "ab ac\nabab"


def test_a_text_that_is_not_there_is_said(next_letter, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert next_letter.main([]) == 1
    assert "shakespeare.txt (SHA-256 86c4" in capsys.readouterr().err
    assert next_letter.main(["--text", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "bilstm"])
def test_sentiment_model_learns_one_word(sentiment, cell):
    keras.utils.set_random_seed(0)
    model = sentiment.build_model(cell, words=6, width=4, units=8)
    x = np.array([[0, 2, 3], [0, 2, 4]] * 32, dtype=np.int32)
    y = np.array([0, 1] * 32, dtype=np.int32)
    model.fit(x, y, epochs=40, batch_size=8, verbose=0)
    assert model.evaluate(x, y, verbose=0)[1] == 1.0


def test_sentiment_without_data_says_what_to_do(sentiment, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert sentiment.main([]) == 1
    assert "rt-polarity.neg (SHA-256 2b78" in capsys.readouterr().err


def test_every_cell_has_a_bar_and_a_number_of_epochs(sentiment):
    assert sentiment.CELLS.keys() == sentiment.BARS.keys() == sentiment.EPOCHS.keys()


def test_vibrations_are_windows_of_each_class_and_the_board_reads_them(tmp_path):
    board = load("microcontroller/model")
    x, labels = board.generate(60, np.random.default_rng(1))
    assert x.shape == (60, board.STEPS, board.FRAME)
    np.testing.assert_allclose(x.std(axis=(1, 2)), 1, rtol=1e-5)
    assert set(labels.tolist()) == set(range(len(board.CLASSES)))
    board.write_stream(tmp_path / "stream.bin", x, labels)
    read = (tmp_path / "stream.bin").read_bytes()
    assert np.frombuffer(read[:8], "<u4").tolist() == [60, board.STEPS]
    window = np.frombuffer(read[8 : 8 + 4 * (1 + x[0].size)], "<f4")
    assert window[:1].view("<u4").item() == labels[0]
    assert window[1:].tobytes() == x[0].tobytes()
