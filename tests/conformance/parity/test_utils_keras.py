"""Utilities: values and error classes as Keras'."""

from __future__ import annotations

import inspect

import keras
import numpy as np
import pytest
import torch
from sampling import same_error, seeds

import tidegate

NAMES = (
    "normalize", "to_categorical", "pad_sequences", "split_dataset",
    "timeseries_dataset_from_array", "pack_x_y_sample_weight", "unpack_x_y_sample_weight",
    "set_random_seed",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name):
    ours, theirs = (inspect.signature(getattr(m.utils, name)) for m in (tidegate, keras))
    assert [(p.name, p.default) for p in ours.parameters.values()] == [
        (p.name, p.default) for p in theirs.parameters.values()
    ]


@seeds(fast=5, everything=40)
def test_normalize(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3, 4, 2))
    x[0, 1] = 0
    options = {"axis": int(rng.integers(1, 3)) - 3, "order": [1, 2, 3, np.inf][rng.integers(4)]}
    np.testing.assert_allclose(
        tidegate.utils.normalize(x, **options), keras.utils.normalize(x, **options)
    )
    if options["order"] != np.inf:
        ours = tidegate.utils.normalize(tidegate.convert_to_tensor(x, "float32"), **options)
        theirs = keras.utils.normalize(torch.tensor(x, dtype=torch.float32), **options)
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)


@seeds(fast=5, everything=40)
def test_pad_sequences_and_to_categorical(seed):
    rng = np.random.default_rng(seed)
    rows = [rng.integers(1, 9, rng.integers(0, 7)).tolist() for _ in range(5)]
    options = {
        "maxlen": [None, 3, 5][rng.integers(3)], "padding": ["pre", "post"][rng.integers(2)],
        "truncating": ["pre", "post"][rng.integers(2)], "value": float(rng.integers(0, 3)),
    }  # fmt: skip
    expected = keras.utils.pad_sequences(rows, **options)
    found = tidegate.utils.pad_sequences(rows, **options)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
    labels = rng.integers(0, 5, (4, 1) if seed % 2 else (4,))
    classes = [None, 6][rng.integers(2)]
    np.testing.assert_array_equal(
        tidegate.utils.to_categorical(labels, classes), keras.utils.to_categorical(labels, classes)
    )


@pytest.mark.parametrize(
    "arguments",
    [(None, None), (0, None), (12, None), (1.0, None), (0.7, 0.7), ("a", None), (None, [1])],
)
def test_split_dataset_errors(arguments):
    data = np.arange(12.0)
    same_error(
        lambda: tidegate.utils.split_dataset(data, *arguments),
        lambda: keras.utils.split_dataset(data, *arguments),
    )


@pytest.mark.parametrize(("left", "right"), [(0.75, None), (None, 4), (9, 3), (0.5, 0.5)])
def test_split_dataset_sizes(left, right):
    data = np.arange(12.0)
    ours = tidegate.utils.split_dataset(data, left, right)
    theirs = keras.utils.split_dataset(data, left, right)
    assert [len(part) for part in ours] == [len(part) for part in theirs]


@pytest.mark.parametrize(
    "bad",
    [
        {"start_index": -1}, {"start_index": 20}, {"end_index": 20}, {"end_index": -1},
        {"start_index": 5, "end_index": 4}, {"sampling_rate": 0}, {"sequence_stride": 0},
        {"sampling_rate": 20}, {"sequence_stride": 20}, {"format": "list"},
    ],
)  # fmt: skip
def test_bad_windows(bad):
    def attempt(module):
        module.utils.timeseries_dataset_from_array(np.arange(20.0), None, 3, **bad)

    same_error(lambda: attempt(tidegate), lambda: attempt(keras))
