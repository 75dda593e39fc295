"""Windows of series, and data sets in two parts, in fit too."""

from __future__ import annotations

import numpy as np
import pytest

import tidegate
from tidegate import utils

SERIES = np.arange(20.0)


def net(size):
    model = tidegate.Sequential([tidegate.Input((size,)), tidegate.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def windows(**options):
    data = utils.timeseries_dataset_from_array(SERIES, SERIES + 100, 3, batch_size=4, **options)
    return data, [(x.tolist(), y.tolist()) for x, y in data]


def test_windows():
    data, found = windows(sequence_stride=2, sampling_rate=2, start_index=1, end_index=12)
    assert len(data) == 1
    assert found == [
        ([[1, 3, 5], [3, 5, 7], [5, 7, 9], [7, 9, 11]], [101, 103, 105, 107]),
    ]


def test_shuffled_windows_come_in_a_new_order_each_time():
    data, first = windows(shuffle=True, seed=4)
    _, same = windows(shuffle=True, seed=4)
    second = [(x.tolist(), y.tolist()) for x, y in data]
    assert first == same != second
    starts = sorted(x[0] for xs, _ in second for x in xs)
    assert starts == list(range(18))


def test_windows_in_fit():
    data, _ = windows()
    history = net(3).fit(data, validation_data=data, epochs=2, verbose=0).history
    assert set(history) == {"loss", "val_loss"}
    only_x = utils.timeseries_dataset_from_array(SERIES, None, 3, batch_size=4)
    assert net(3).predict(only_x, verbose=0).shape == (18, 1)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"start_index": -1}, "start_index"), ({"start_index": 20}, "start_index"),
        ({"end_index": 20}, "end_index must be in"), ({"end_index": -2}, "end_index must be in"),
        ({"start_index": 5, "end_index": 4}, "above start_index"),
        ({"sampling_rate": 0}, "sampling_rate"), ({"sequence_stride": 20}, "sequence_stride"),
        ({"format": "list"}, "format must be"),
    ],
)  # fmt: skip
def test_bad_windows(options, match):
    with pytest.raises(ValueError, match=match):
        utils.timeseries_dataset_from_array(SERIES, None, 3, **options)


def test_split():
    x, y = np.arange(10.0)[:, None], np.arange(10.0)
    left, right = utils.split_dataset((x, y), left_size=0.7)
    assert (len(left), len(right)) == (7, 3)
    assert [float(b) for _, b in right] == [7.0, 8.0, 9.0]
    net(1).fit(left.batch(2), validation_data=right.batch(2), verbose=0)
    left, right = utils.split_dataset(x, left_size=4, right_size=5, shuffle=True, seed=1)
    assert len({float(v[0]) for v in [*left, *right]}) == 9


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((SERIES,), ValueError), ((SERIES, 0), ValueError), ((SERIES, 20), ValueError),
        ((SERIES, 1.0), ValueError), ((SERIES, 0.7, 0.7), ValueError), ((SERIES, "a"), TypeError),
        ((SERIES, 12, 12), ValueError), (([SERIES, SERIES[:3]], 0.5), ValueError),
        ((3.0, 0.5), TypeError),
    ],
)  # fmt: skip
def test_bad_splits(arguments, error):
    with pytest.raises(error, match="split_dataset"):
        utils.split_dataset(*arguments)


def test_normalize_a_tensor():
    x = tidegate.convert_to_tensor([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(utils.normalize(x).numpy(), [[0.6, 0.8], [0, 0]], rtol=1e-6)
