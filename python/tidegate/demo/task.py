"""The forecasting task: from daily weather to what the network sees, and back to degrees.

The network is given, for every day, four numbers that were known in its evening, and says how the
highest temperature will differ from a simple guess: one day ahead from "as far above the season as
today", seven days ahead from the season itself. All statistics are those of the training years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..datasets.seattle_weather import Weather
from .baselines import year_wave

__all__ = ["HORIZONS", "Task", "make_task"]

HORIZONS = (1, 7)
WARM_UP = 30


@dataclass(frozen=True)
class Task:
    """Arrays over all N days, and which of them are for training and for the forecast.

    Attributes:
        features: float32 [N, 4].
        targets: float32 [N, 2], one column per horizon; NaN where the future is not known.
        guess: [N, 2], degrees: what a target is the difference to.
        scale: [2], degrees per unit of a target.
        observed: the highest temperature, [N].
        season: its seasonal average, [N].
        dates: datetime64[D] [N].
        train: number of days, from the first on, whose targets lie in the training years.
        test: int64 [M], positions of the days to forecast.
    """

    features: np.ndarray
    targets: np.ndarray
    guess: np.ndarray
    scale: np.ndarray
    observed: np.ndarray
    season: np.ndarray
    dates: np.ndarray
    train: int
    test: np.ndarray

    def windows(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Every stretch of ``steps`` training days: x [W, steps, 4] and y [W, steps, 2]."""
        starts = np.arange(self.train - steps + 1)[:, np.newaxis]
        days = starts + np.arange(steps)
        return self.features[days], self.targets[days]

    def run(self) -> slice:
        """The days that the model runs through: before the first forecast, ``WARM_UP`` more."""
        return slice(int(self.test[0]) - max(HORIZONS) - WARM_UP, int(self.test[-1]))

    def forecasts(self, outputs: np.ndarray) -> list[np.ndarray]:
        """Degrees of the test days per horizon, from the model's outputs [T, 2] over ``run()``."""
        days = self.run()
        degrees = self.guess[days] + self.scale * outputs
        return [
            degrees[self.test - horizon - days.start, column]
            for column, horizon in enumerate(HORIZONS)
        ]


def make_task(weather: Weather, year: int = 2015) -> Task:
    """Forecast ``year`` from what the years before it teach.

    Raises:
        ValueError: there are no days of that year, or none before it.
    """
    years = weather.dates.astype("datetime64[Y]").astype(np.int64) + 1970
    before = years < year
    test = np.flatnonzero(years == year)
    if not before.any() or not len(test):
        raise ValueError(
            f"[demo] there must be days of the year and before it. Received: {year}. "
            f"Hint: the data has {years.min()} to {years.max()}."
        )
    season = year_wave(weather.temp_max, weather.dates, before)
    guess, targets = _targets(weather.temp_max, season)
    train = int(before.sum()) - max(HORIZONS)
    scale = targets[:train].std(axis=0)
    return Task(
        features=_features(weather, season, before),
        targets=(targets / scale).astype(np.float32),
        guess=guess,
        scale=scale,
        observed=weather.temp_max,
        season=season,
        dates=weather.dates,
        train=train,
        test=test,
    )


def _features(weather: Weather, season: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Departure of maximum and minimum from their season, rain, wind; normalised; [N, 4]."""
    columns = np.stack(
        [
            weather.temp_max - season,
            weather.temp_min - year_wave(weather.temp_min, weather.dates, before),
            # Rain is mostly 0 and sometimes 50 mm: its logarithm has no such tail.
            np.log1p(weather.precipitation),
            weather.wind,
        ],
        axis=1,
    )
    known = columns[before]
    return ((columns - known.mean(axis=0)) / known.std(axis=0)).astype(np.float32)


def _targets(observed: np.ndarray, season: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    guess = np.full((len(observed), len(HORIZONS)), np.nan)
    targets = np.full_like(guess, np.nan)
    for column, horizon in enumerate(HORIZONS):
        # Today's departure says much about tomorrow and little about next week.
        departure = (observed - season)[:-horizon] if horizon == 1 else 0.0
        guess[:-horizon, column] = season[horizon:] + departure
        targets[:, column][:-horizon] = observed[horizon:] - guess[:-horizon, column]
    return guess, targets
