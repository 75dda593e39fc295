"""TextVectorization; its values as Keras gives them are in test_text_cases.py."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.layers import TextVectorization


def shout(texts):
    return np.char.upper(texts)


def at_commas(texts):
    return [text.split(",") for text in texts]


def test_functions_of_ones_own():
    layer = TextVectorization(standardize=shout, split=at_commas)
    layer.adapt(["a,b", "b"])
    assert layer.get_vocabulary() == ["", "[UNK]", "B", "A"]
    assert layer([["a,z"]]).numpy().tolist() == [[3, 1]]
    config = layer.get_config()
    with pytest.raises(ValueError, match="must be registered"):
        TextVectorization.from_config(config)
    again = TextVectorization.from_config(config, {"shout": shout, "at_commas": at_commas})
    again.set_vocabulary(layer.get_vocabulary())
    assert again(["b"]).numpy().tolist() == [[2]]


def test_batches_and_lengths():
    layer = TextVectorization(output_sequence_length=2)
    layer.adapt(iter([["one two"], ["two three"], ["never seen"]]), steps=2)
    assert layer.get_vocabulary()[2] == "two"
    assert "never" not in layer.get_vocabulary()
    assert layer(["two two two", ""]).numpy().tolist() == [[2, 2], [0, 0]]
    assert layer(np.array([b"two"])).numpy().tolist() == [[2, 0]]
    assert layer.compute_output_shape((None, 1)) == (None, 2)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: TextVectorization(standardize="upper"), ValueError, "standardize must be"),
        (lambda: TextVectorization(split="line"), ValueError, "split must be"),
        (lambda: TextVectorization(output_mode="x"), ValueError, "output_mode must be"),
        (lambda: TextVectorization(ngrams="2"), ValueError, "ngrams must be"),
        (lambda: TextVectorization(output_mode="count", output_sequence_length=3), ValueError,
         "output_sequence_length"),
        (lambda: TextVectorization(ragged=True), NotImplementedError, "ragged"),
        (lambda: TextVectorization()([[1, 2]]), TypeError, "texts must be strings"),
        (lambda: TextVectorization()([["a", "b"]]), ValueError, "texts must be"),
    ],
)  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()
