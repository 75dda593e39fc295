"""A thousand stations, one model: a service that forecasts for each of them as it reports.

An LSTM learns Seattle's weather (in the package) and forecasts tomorrow's highest temperature. Then
a thousand stations report day by day, in random order, to a few threads; each station has a session
of its own, which remembers its days, and all sessions share the weights of one graph.

    python examples/service.py

A session belongs to one thread at a time: each thread serves the stations of its own, so that no
lock is needed and each station's days stay in order. Takes a few seconds. The figures that it must
reach: every station gets the bits of its own sequence in one call, and the forecasts are better
than "as today".
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

import tidegate as keras
from tidegate.datasets import seattle_weather
from tidegate.layers import LSTM, Dense, Input
from tidegate.models import Sequential
from tidegate.runtime import Graph, Session, lower

STATIONS, DAYS, THREADS = 1000, 60, 4
UNITS = 16
LEARNT = 1096  # days, to the end of 2014
SCHEDULE = ((5e-3, 3), (1e-3, 2))

Array = np.ndarray[Any, Any]


def measurements() -> tuple[Array, Array]:
    """What a station reports per day [N, 4], and how much warmer the next day is [N, 1].

    In standard deviations of the years that are learnt, warmth in those of the first column.
    """
    data = seattle_weather.load_data()
    columns = [data.temp_max, data.temp_min, np.log1p(data.precipitation), data.wind]
    reports = np.stack(columns, axis=1)[:-1]
    scaled = (reports - reports[:LEARNT].mean(axis=0)) / reports[:LEARNT].std(axis=0)
    rise = np.diff(data.temp_max)[:, np.newaxis] / reports[:LEARNT, 0].std()
    return scaled.astype(np.float32), rise.astype(np.float32)


def windows(rows: Array, starts: Array, days: int) -> Array:
    """[N, I] -> [len(starts), days, I]."""
    return rows[starts[:, np.newaxis] + np.arange(days)]


def build_model(units: int = UNITS) -> Any:
    """A day's report -> the rise of the highest temperature until tomorrow."""
    return Sequential([Input((None, 4)), LSTM(units, return_sequences=True), Dense(1)])


def train(model: Any, reports: Array, rises: Array, schedule: Any = SCHEDULE) -> None:
    """On windows of the days before 2015."""
    starts = np.arange(0, LEARNT - DAYS)
    x, y = windows(reports, starts, DAYS), windows(rises, starts, DAYS)
    model.compile(optimizer="adam", loss="mae")
    for learning_rate, epochs in schedule:
        model.optimizer.learning_rate = learning_rate
        model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)


@dataclass(frozen=True)
class Request:
    """A station's report of one day [1, I], and where its forecast [1, O] is to be written."""

    station: int
    x: Array
    y: Array


class Service:
    """Sessions of one graph, served by threads that share none of them."""

    def __init__(self, graph: Graph, stations: int, threads: int) -> None:
        self.output_size = graph.output_size
        self.sessions: list[Session] = [graph.session() for _ in range(stations)]
        self._queues: list[queue.SimpleQueue[Request | None]] = [
            queue.SimpleQueue() for _ in range(threads)
        ]
        self._errors: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._serve, args=(requests,)) for requests in self._queues
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, request: Request) -> None:
        """Requests of a station are answered in the order in which they come."""
        self._queues[request.station % len(self._queues)].put(request)

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        """Waits until all is answered; raises what a request has raised."""
        for requests in self._queues:
            requests.put(None)
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _serve(self, requests: queue.SimpleQueue[Request | None]) -> None:
        while (request := requests.get()) is not None:
            try:
                self.sessions[request.station].step(request.x, request.y)
            except Exception as error:
                self._errors.append(error)


def serve(service: Service, x: Array, rng: np.random.Generator) -> Array:
    """Submit x [stations, days, I] in an order in which any station may be next; the answers."""
    y = np.full((*x.shape[:2], service.output_size), np.nan, np.float32)
    days = [0] * len(x)
    with service:
        for station in rng.permutation(np.repeat(np.arange(len(x)), x.shape[1])).tolist():
            day = days[station]
            days[station] += 1
            service.submit(Request(station, x[station, day : day + 1], y[station, day : day + 1]))
    return y


def main(argv: list[str] | None = None) -> int:
    """Train, serve, compare."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stations", type=int, default=STATIONS)
    parser.add_argument("--threads", type=int, default=THREADS)
    options = parser.parse_args(argv)
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    reports, rises = measurements()
    model = build_model()
    train(model, reports, rises)

    # Each station reports 60 days of 2015, from a day of its own on.
    starts = rng.integers(LEARNT, len(reports) - DAYS + 1, options.stations)
    x, truth = windows(reports, starts, DAYS), windows(rises, starts, DAYS)
    graph = lower(model)
    service = Service(graph, options.stations, options.threads)
    begin = time.perf_counter()
    y = serve(service, x, rng)
    seconds = time.perf_counter() - begin

    expected = np.concatenate([graph.session().run(x[i : i + 1]) for i in range(len(x))])
    equal = sum(a.tobytes() == b.tobytes() for a, b in zip(y, expected, strict=True))
    error, as_today = float(np.abs(y - truth).mean()), float(np.abs(truth).mean())
    print(f"sessions: {options.stations:,}, {service.sessions[0].nbytes:,} bytes each")
    print(f"graph: one, {graph.nbytes:,} bytes of weights")
    print(f"steps: {y.size:,} by {options.threads} threads, {y.size / seconds:,.0f} per second")
    print(f"same bits as the sequence in one call: {equal:,} sessions (must be all)")
    print(f"error, 'as today' having 1: {error / as_today:.2f} (must be under 1)")
    return 0 if equal == options.stations and error < as_today else 1


if __name__ == "__main__":
    sys.exit(main())
