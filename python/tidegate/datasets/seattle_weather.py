"""Daily weather of Seattle, 2012 to 2015: the data set inside the package.

Measured by NOAA, public domain; see ``data/README.md``.
"""

from __future__ import annotations

import csv
import hashlib
from importlib import resources
from typing import NamedTuple

import numpy as np

from ._source import DatasetError

__all__ = ["Weather", "load_data"]

SHA256 = "0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be"


class Weather(NamedTuple):
    """Columns of equal length N, one entry a day, without a gap.

    Attributes:
        dates: datetime64[D] [N].
        precipitation: mm, float64 [N].
        temp_max: highest temperature, degrees Celsius, float64 [N].
        temp_min: lowest temperature, degrees Celsius, float64 [N].
        wind: m/s, float64 [N].
        weather: drizzle, fog, rain, snow or sun, str [N].
    """

    dates: np.ndarray
    precipitation: np.ndarray
    temp_max: np.ndarray
    temp_min: np.ndarray
    wind: np.ndarray
    weather: np.ndarray


def load_data() -> Weather:
    """The 1,461 days from 2012-01-01 to 2015-12-31.

    Example:

    >>> days = load_data()
    >>> len(days.dates), str(days.dates[-1]), float(days.temp_max[-1])
    (1461, '2015-12-31', 5.6)
    """
    data = (resources.files(__package__) / "data" / "seattle-weather.csv").read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise DatasetError(
            "[seattle_weather] seattle-weather.csv of the package must be unchanged. "
            "Received: another SHA-256. Hint: install tidegate again."
        )
    rows = list(csv.DictReader(data.decode("ascii").splitlines()))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in rows])

    return Weather(
        dates=np.array([row["date"] for row in rows], dtype="datetime64[D]"),
        precipitation=column("precipitation"),
        temp_max=column("temp_max"),
        temp_min=column("temp_min"),
        wind=column("wind"),
        weather=np.array([row["weather"] for row in rows]),
    )
