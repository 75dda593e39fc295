"""From what users pass to arrays and batches."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.models import data as data_module
from tidegate.models.data import Batches, class_weights, prepare, split
from tidegate.random import SeedGenerator, permutation


def test_no_copy_of_what_is_right_already():
    x = np.zeros((4, 3), np.float32)
    ids = np.zeros((4, 3), np.int32)
    data = prepare("fit", x, ids)
    assert data.x is x
    assert data.y is ids


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        ("f2", "float32"),
        ("f8", "float32"),
        (">f4", "float32"),
        ("i8", "int32"),
        ("u1", "int32"),
        ("?", "bool"),
    ],
)
def test_dtypes_at_the_door(given, dtype):
    assert prepare("fit", np.ones((2, 2), given)).x.dtype == dtype
    assert prepare("fit", np.ones((2, 2), "f4"), kind="float64").x.dtype == "float64"


def test_large_integers_stay():
    assert prepare("fit", np.array([2**40])).x.dtype == np.int64


def test_misaligned_and_strided():
    raw = np.zeros(41, np.uint8)[1:].view("f4")
    assert prepare("fit", raw).x.flags.aligned
    assert prepare("fit", np.zeros((4, 6), "f4")[:, ::2]).x.flags.c_contiguous


def test_lists_are_one_array_or_several_inputs():
    assert prepare("fit", [1, 2, 3]).x.tolist() == [1, 2, 3]
    assert prepare("fit", [[1, 2], [3, 4]]).x.shape == (2, 2)
    rows = [np.zeros(3), np.zeros(3)]
    assert prepare("fit", rows, inputs=1).x.shape == (2, 3)
    assert len(prepare("fit", rows, inputs=2).x) == 2
    assert prepare("fit", {"a": [1, 2]}).x["a"].tolist() == [1, 2]


def test_split():
    data = prepare("fit", np.arange(10.0), np.arange(10), np.ones(10))
    first, last = split("fit", data, 0.3)
    assert (first.size, last.size) == (7, 3)
    assert last.x.tolist() == last.y.tolist() == [7, 8, 9]
    assert first.x.base is not None  # a view


def test_batches():
    data = prepare("fit", np.arange(10.0), np.arange(10))
    plain = list(Batches(data, 4, None, None).epoch())
    assert [batch[3] for batch in plain] == [4, 4, 2]
    assert plain[0][0].base is not None
    batches = Batches(data, 4, SeedGenerator(1), None)
    first, second = ([tuple(b[0]) for b in batches.epoch()] for _ in range(2))
    assert first != second
    assert sorted(sum(first, ())) == list(range(10))
    assert all((b[0] == b[1]).all() for b in batches.epoch())


@pytest.mark.parametrize("gathered", [0, 200, 1 << 18])
def test_batches_gathered_together_are_those_gathered_alone(gathered, monkeypatch):
    monkeypatch.setattr(data_module, "_GATHERED", gathered)
    x = {"a": np.arange(46.0).reshape(23, 2), "b": np.arange(23)}
    given = prepare("fit", x, np.arange(23), np.arange(23.0))
    batches = list(Batches(given, 5, SeedGenerator(3), None).epoch())
    assert [batch[3] for batch in batches] == [5, 5, 5, 5, 3]
    order = permutation(23, SeedGenerator(3))
    for number, (inputs, y, weights, _) in enumerate(batches):
        rows = order[5 * number : 5 * number + 5]
        np.testing.assert_array_equal(inputs["a"], given.x["a"][rows])
        assert inputs["b"].tolist() == y.tolist() == weights.tolist() == rows.tolist()


def test_limited_batches_go_on():
    data = prepare("fit", np.arange(10.0))
    batches = Batches(data, 2, None, 2)
    seen = [b[0].tolist() for _ in range(3) for b in batches.epoch()]
    assert seen == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert next(b[0].tolist() for b in batches.epoch()) == [0, 1]


@pytest.mark.parametrize(
    "y", [np.array([0, 1, 2]), np.array([[0], [1], [2]]), np.eye(3), np.array([0.0, 1.0, 2.0])]
)
def test_class_weights(y):
    assert class_weights("fit", y, {0: 1.0, 1: 5.0}).tolist() == [1.0, 5.0, 1.0]


def test_class_weights_of_sequences():
    with pytest.raises(ValueError, match="one class per sample"):
        class_weights("fit", np.zeros((2, 3, 4)), {0: 1.0})
