"""StringLookup and IntegerLookup; their values as Keras gives them are in test_text_cases.py."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.errors import NotOfferedError
from tidegate.layers import Input, IntegerLookup, StringLookup


def test_there_and_back():
    forth = StringLookup(vocabulary=["a", "b"], mask_token="")
    back = StringLookup(vocabulary=["a", "b"], mask_token="", invert=True)
    numbers = forth(np.array([["b", "z"], ["", "a"]]))
    assert numbers.numpy().tolist() == [[3, 1], [0, 2]]
    assert back(numbers).tolist() == [["b", "[UNK]"], ["", "a"]]
    assert IntegerLookup(vocabulary=[7, 9], invert=True)([1, 2, 5]).numpy().tolist() == [7, 9, -1]
    assert forth(np.array([b"a"])).numpy().tolist() == [2]


def test_adapting_counts_and_special_tokens_may_lead():
    layer = StringLookup(max_tokens=3)
    layer.adapt(iter([["a", "b"], ["b", "c", "c", "c"]]))
    assert layer.get_vocabulary() == ["[UNK]", "c", "b"]
    assert layer.get_vocabulary(include_special_tokens=False) == ["c", "b"]
    assert StringLookup(vocabulary=["[UNK]", "x"]).get_vocabulary() == ["[UNK]", "x"]


def test_integers_in_a_model():
    layer = IntegerLookup(vocabulary=[7, 9], output_mode="one_hot")
    x = Input((1,), dtype="int32")
    from tidegate import Model

    model = Model(x, layer(x))
    assert model.output_shape == (None, 3)
    assert model.predict(np.array([[9]]), verbose=0).tolist() == [[0, 0, 1]]


def test_weights_of_documents():
    layer = StringLookup(vocabulary=["a", "b"], idf_weights=[0.5, 1.0], output_mode="tf_idf")
    np.testing.assert_allclose(layer([["a", "a", "z"]]).numpy(), [[0.75, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: StringLookup(max_tokens=1), ValueError, "max_tokens must be above 1"),
        (lambda: StringLookup(pad_to_max_tokens=True), ValueError, "needs max_tokens"),
        (lambda: StringLookup(num_oov_indices=-1), ValueError, "num_oov_indices"),
        (lambda: StringLookup(output_mode="two_hot"), ValueError, "output_mode must be one of"),
        (lambda: StringLookup(invert=True, output_mode="count"), ValueError, "invert goes with"),
        (lambda: StringLookup(idf_weights=[1.0]), ValueError, "idf_weights go with"),
        (lambda: StringLookup(vocabulary=["a"], output_mode="tf_idf"), ValueError,
         "needs idf_weights"),
        (lambda: StringLookup(vocabulary=[]), ValueError, "must not be empty"),
        (lambda: StringLookup(vocabulary=["a", "a"]), ValueError, "must differ. Received:"),
        (lambda: StringLookup(vocabulary=["a", ""], mask_token=""), ValueError, "in front alone"),
        (lambda: StringLookup(vocabulary=["a", "b"], max_tokens=2), ValueError, "must fit max_tok"),
        (lambda: StringLookup(vocabulary=["a"]).adapt(["b"]), ValueError, "cannot adapt"),
        (lambda: StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), ValueError,
         "every token must be in the vocabulary"),
        (lambda: StringLookup(vocabulary=["a"])([1]), TypeError, "tokens must be strings"),
        (lambda: StringLookup(output_mode="count")(["b"]), RuntimeError, "needs a vocabulary"),
        (lambda: StringLookup(vocabulary="words.txt"), NotOfferedError, "vocabulary in a file"),
        (lambda: StringLookup(oov_method="farmhash"), NotOfferedError, "oov_method"),
        (lambda: StringLookup(nothing=1), ValueError, "unrecognized keyword"),
        (lambda: IntegerLookup(vocabulary_dtype="int32"), ValueError, "must be \"int64\""),
    ],
)  # fmt: skip
def test_errors(make, error, match):
    with pytest.raises(error, match=match):
        make()
