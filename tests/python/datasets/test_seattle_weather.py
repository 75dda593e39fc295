"""The data set inside the package: complete, without gaps, unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.datasets import seattle_weather
from tidegate.datasets._source import DatasetError


def test_columns_are_complete_and_without_a_gap():
    days = seattle_weather.load_data()
    assert {len(column) for column in days} == {1461}
    assert (np.diff(days.dates) == np.timedelta64(1, "D")).all()
    assert str(days.dates[0]) == "2012-01-01"
    numbers = (days.precipitation, days.temp_max, days.temp_min, days.wind)
    assert all(np.isfinite(column).all() and column.dtype == np.float64 for column in numbers)


def test_first_day_is_that_of_the_file():
    first = [column[0] for column in seattle_weather.load_data()][1:]
    assert first == [0.0, 12.8, 5.0, 4.7, "drizzle"]


def test_a_changed_package_file_is_noticed(monkeypatch):
    monkeypatch.setattr(seattle_weather, "SHA256", "0" * 64)
    with pytest.raises(DatasetError, match="install tidegate again"):
        seattle_weather.load_data()
