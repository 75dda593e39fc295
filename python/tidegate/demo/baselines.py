"""Forecasts without a network: what an LSTM has to beat."""

from __future__ import annotations

import numpy as np

__all__ = ["persistence", "rmse", "year_wave"]

DAYS_PER_YEAR = 365.25


def rmse(forecast: np.ndarray, observed: np.ndarray) -> float:
    """Root of the mean squared error.

    >>> rmse(np.array([1.0, 5.0]), np.array([4.0, 1.0]))
    3.5355339059327378
    """
    return float(np.sqrt(np.mean(np.square(forecast - observed))))


def persistence(observed: np.ndarray, days: np.ndarray, horizon: int) -> np.ndarray:
    """The forecast "as it was ``horizon`` days before", for the days at these positions."""
    return observed[days - horizon]


def year_wave(observed: np.ndarray, dates: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """The seasonal average: one wave a year through the values at ``fit``, for all days [N].

        m + a sin(w) + b cos(w),   w = 2 pi day of the year / 365.25

    The projections m, a and b are those of least squares where ``fit`` is whole years, and need no
    system of equations.

    Args:
        observed: [N].
        dates: datetime64[D] [N].
        fit: bool [N], the days that the wave is made from; whole years.
    """
    angle = 2 * np.pi * day_of_year(dates) / DAYS_PER_YEAR
    sine, cosine = np.sin(angle), np.cos(angle)
    mean = observed[fit].mean()
    rest = observed[fit] - mean
    return mean + 2 * np.mean(rest * sine[fit]) * sine + 2 * np.mean(rest * cosine[fit]) * cosine


def day_of_year(dates: np.ndarray) -> np.ndarray:
    """1 to 366, int64 [N].

    >>> day_of_year(np.array(["2012-12-31", "2013-01-01"], dtype="datetime64[D]"))
    array([366,   1])
    """
    return (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
