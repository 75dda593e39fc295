"""Train, compare, stream, save, draw: the main job from end to end."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets import seattle_weather
from .baselines import persistence, rmse
from .task import HORIZONS, Task, make_task

__all__ = ["BOUND", "Outcome", "build_model", "compare", "main", "stream"]

UNITS, STEPS, BATCH, EPOCHS = 32, 30, 32, 8
# One day ahead the LSTM's error must be below this share of persistence's.
BOUND = 0.97
METHODS = ("persistence", "seasonal average", "LSTM")


@dataclass(frozen=True)
class Outcome:
    """What the run found: forecasts per horizon, RMSE per method and horizon, failures."""

    forecasts: list[np.ndarray]
    errors: list[dict[str, float]]
    same_bits: bool

    def failures(self) -> list[str]:
        """Why the run does not count as good; empty if it does."""
        share = self.errors[0]["LSTM"] / self.errors[0]["persistence"]
        found = []
        # Not `share >= BOUND`: a NaN must fail too.
        if not share < BOUND:
            found.append(
                f"one day ahead the LSTM's RMSE must be below {BOUND} of persistence's. "
                f"Received: {share:.3f}."
            )
        if not self.same_bits:
            found.append("streamed forecasts must be the bits of the sequence call.")
        return found


def build_model(features: int, units: int = UNITS) -> Any:
    """LSTM and Dense over a sequence of any length: [B, T, features] to [B, T, 2].

    Dropout on the LSTM's input is what keeps 1,000 days from being learnt by heart; its rate and
    the number of epochs were chosen on 2014 with a model that had seen 2012 and 2013.
    """
    from ..layers import LSTM, Dense, Input
    from ..models import Sequential
    from ..optimizers import Adam

    model = Sequential(
        [
            Input((None, features)),
            LSTM(units, return_sequences=True, dropout=0.4),
            Dense(len(HORIZONS)),
        ]
    )
    model.compile(optimizer=Adam(learning_rate=1e-3), loss="mse")
    return model


def stream(model: Any, x: np.ndarray) -> tuple[np.ndarray, float]:
    """Outputs [T, 2] of the steps x [T, I] given one at a time, and seconds per step."""
    session = model.stream(batch=1)
    outputs = np.empty((len(x), len(HORIZONS)), dtype=np.float32)
    begin = time.perf_counter()
    for day, row in enumerate(x):
        outputs[day] = session.step(row[np.newaxis])[0]
    return outputs, (time.perf_counter() - begin) / len(x)


def compare(task: Task, outputs: np.ndarray, same_bits: bool) -> Outcome:
    """RMSE of the baselines and of the model's outputs [T, 2] over ``task.run()``."""
    observed = task.observed[task.test]
    forecasts = task.forecasts(outputs)
    errors = []
    for forecast, horizon in zip(forecasts, HORIZONS, strict=True):
        methods = (persistence(task.observed, task.test, horizon), task.season[task.test], forecast)
        errors.append({name: rmse(f, observed) for name, f in zip(METHODS, methods, strict=True)})
    return Outcome(forecasts, errors, same_bits)


def main(folder: Path, epochs: int = EPOCHS, seed: int = 0) -> int:
    """Run the demo and write its files into ``folder``; the exit code: 0 good, 1 not good."""
    from ..utils import set_random_seed

    weather = seattle_weather.load_data()
    task = make_task(weather)
    folder.mkdir(parents=True, exist_ok=True)
    set_random_seed(seed)
    model = build_model(task.features.shape[1])
    x, y = task.windows(STEPS)
    print("Daily maximum temperature of Seattle (NOAA): learn 2012 to 2014, forecast 2015")
    print(f"LSTM({UNITS}) and Dense(2), {model.count_params():,} weights, {len(x):,} windows "
          f"of {STEPS} days")  # fmt: skip
    begin = time.perf_counter()
    model.fit(x, y, batch_size=BATCH, epochs=epochs)
    print(f"Trained in {time.perf_counter() - begin:.1f} s\n")

    days = task.features[task.run()]
    outputs = np.asarray(model.predict(days[np.newaxis], verbose=0))[0]
    streamed, seconds = stream(model, days)
    outcome = compare(task, outputs, streamed.tobytes() == outputs.tobytes())
    _report(outcome, len(days), seconds)
    weights = folder / "seattle.weights.safetensors"
    model.save_weights(weights)
    print(f"Saved the weights: {weights}")
    _draw(task, outcome, folder / "seattle-forecast.png")
    for failure in outcome.failures():
        print(f"[demo] {failure}", file=sys.stderr)
    return 1 if outcome.failures() else 0


def _report(outcome: Outcome, steps: int, seconds: float) -> None:
    print(f"{'RMSE in degrees Celsius, all days of 2015':<44}1 day ahead   7 days ahead")
    for method in METHODS:
        near, far = (errors[method] for errors in outcome.errors)
        print(f"  {method:<42}{near:>11.2f}   {far:>12.2f}")
    near, far = (errors["LSTM"] / errors["persistence"] for errors in outcome.errors)
    print(f"  {'LSTM, share of persistence':<42}{near:>11.3f}   {far:>12.3f}\n")
    word = "the same bits as" if outcome.same_bits else "NOT the bits of"
    print(f"Streamed {steps} days one at a time, {1e6 * seconds:.1f} us each: "
          f"{word} the sequence call")  # fmt: skip


def _draw(task: Task, outcome: Outcome, path: Path) -> None:
    from ..viz.forecast import Panel, plot_forecast

    titles = ("One day ahead", "Seven days ahead")
    panels = [
        Panel(title, forecast, errors)
        for title, forecast, errors in zip(titles, outcome.forecasts, outcome.errors, strict=True)
    ]
    try:
        figure = plot_forecast(
            task.dates[task.test],
            task.observed[task.test],
            panels,
            reference=("seasonal average", task.season[task.test]),
            title="Daily maximum temperature of Seattle, 2015",
            unit="°C",
        )
    except ImportError as error:
        print(f"No picture drawn: {error}")
        return
    figure.savefig(path, dpi=120)
    print(f"Drew the forecast: {path}")
