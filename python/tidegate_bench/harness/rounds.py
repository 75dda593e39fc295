"""Interleaved rounds, outliers measured again, medians of pairs.

In a round every contender is timed once, in an order that rotates. A ratio is the median over
rounds of `other / base` of the same round: what disturbs a round disturbs both.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

OUTLIER = 1.15  # times the median of its contender
SLOW, SLOW_EVERY = 4.0, 3  # a contender so many times slower than the base is timed less often
SECONDS_MOST = 25.0  # of one task; rounds stop early, never before `FEWEST`
FEWEST = 5

Timer = Callable[[], float]


@dataclass
class Times:
    """Milliseconds by contender and round; None where a contender sat out.

    Attributes:
        again: how many rounds were measured again.
        unsettled: contenders whose repeated round was an outlier once more.
    """

    rounds: list[dict[str, float]] = field(default_factory=list)
    again: int = 0

    def of(self, name: str) -> list[float]:
        return [r[name] for r in self.rounds if name in r]

    def median(self, name: str) -> float:
        return statistics.median(self.of(name))

    def spread(self, name: str) -> float:
        """Distance of the quartiles over the median."""
        values = self.of(name)
        if len(values) < 4:
            return (max(values) - min(values)) / statistics.median(values)
        low, middle, high = statistics.quantiles(values, n=4)
        return (high - low) / middle

    def ratio(self, name: str, base: str) -> float:
        """Median over the rounds that both ran in of time(name) / time(base)."""
        return statistics.median(r[name] / r[base] for r in self.rounds if name in r and base in r)

    def fastest(self, names: Sequence[str]) -> str | None:
        timed = [name for name in names if self.of(name)]
        return min(timed, key=self.median, default=None)


def _one_round(timers: dict[str, Timer], names: list[str], turn: int) -> dict[str, float]:
    turn %= len(names)
    return {name: timers[name]() for name in names[turn:] + names[:turn]}


def _who(times: Times, names: list[str], base: str, turn: int) -> list[str]:
    """Everyone, but the very slow ones only in some rounds."""
    if turn < SLOW_EVERY or turn % SLOW_EVERY == 0:
        return names
    return [n for n in names if times.median(n) <= SLOW * times.median(base)]


def _outliers(times: Times) -> list[int]:
    medians = {name: times.median(name) for r in times.rounds for name in r}
    return [
        k
        for k, r in enumerate(times.rounds)
        if any(value > OUTLIER * medians[name] for name, value in r.items())
    ]


def measure(timers: dict[str, Timer], base: str, rounds: int) -> Times:
    """Time every contender in `rounds` rounds; each round with an outlier is measured once more."""
    times = Times()
    names = list(timers)
    spent = 0.0
    for turn in range(rounds):
        if spent > SECONDS_MOST and turn >= FEWEST:
            break
        times.rounds.append(_one_round(timers, _who(times, names, base, turn), turn))
        spent += sum(times.rounds[-1].values()) / 1e3
    for k in _outliers(times):
        times.rounds[k] = _one_round(timers, list(times.rounds[k]), k)
        times.again += 1
    return times
