"""The demo's parts on small sizes; the demo itself is a stage of CI."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.datasets import seattle_weather
from tidegate.demo import baselines, run
from tidegate.demo.task import HORIZONS, make_task


@pytest.fixture(scope="module")
def task():
    return make_task(seattle_weather.load_data())


def test_baselines_have_their_known_errors(task):
    errors = run.compare(task, np.zeros((task.run().stop - task.run().start, 2)), True).errors
    assert [f"{e['persistence']:.2f}" for e in errors] == ["2.91", "4.71"]
    assert [f"{e['seasonal average']:.2f}" for e in errors] == ["3.92", "3.92"]


def test_every_day_of_the_year_is_forecast_once(task):
    assert len(task.test) == 365
    assert str(task.dates[task.test[0]]) == "2015-01-01"


def test_right_outputs_give_the_observed_temperature(task):
    for forecast in task.forecasts(task.targets[task.run()].astype(np.float64)):
        np.testing.assert_allclose(forecast, task.observed[task.test], atol=1e-5)


def test_a_forecast_knows_nothing_of_its_future():
    weather = seattle_weather.load_data()
    last = len(weather.dates) - 1
    changed = weather._replace(temp_max=weather.temp_max.copy(), wind=weather.wind.copy())
    changed.temp_max[last] += 20
    changed.wind[last] += 20
    before, after = make_task(weather), make_task(changed)
    np.testing.assert_array_equal(before.features[:last], after.features[:last])
    np.testing.assert_array_equal(before.guess[:last], after.guess[:last])
    assert before.run().stop == last


def test_training_windows_end_before_the_year_to_forecast(task):
    x, y = task.windows(30)
    assert x.shape == (1060, 30, 4)
    assert y.shape == (1060, 30, 2)
    assert np.isfinite(y).all()
    assert task.train + max(HORIZONS) == task.test[0]
    np.testing.assert_array_equal(x[-1, -1], task.features[task.train - 1])


def test_features_are_normalised_over_the_training_years(task):
    known = task.features[: task.test[0]]
    np.testing.assert_allclose(known.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(known.std(axis=0), 1, atol=1e-5)


def test_year_wave_finds_a_wave():
    dates = np.arange("2012-01-01", "2016-01-01", dtype="datetime64[D]")
    angle = 2 * np.pi * baselines.day_of_year(dates) / baselines.DAYS_PER_YEAR
    truth = 10 + 3 * np.sin(angle) - 5 * np.cos(angle)
    wave = baselines.year_wave(truth, dates, np.ones(len(dates), dtype=bool))
    np.testing.assert_allclose(wave, truth, atol=0.02)


@pytest.mark.parametrize("year", [2011, 2012, 2016])
def test_a_year_without_days_or_past_is_refused(year):
    with pytest.raises(ValueError, match=f"Received: {year}. Hint: the data has 2012 to 2015"):
        make_task(seattle_weather.load_data(), year)


def outcome(error: float, same_bits: bool = True) -> run.Outcome:
    return run.Outcome([], [{"LSTM": error, "persistence": 1.0}], same_bits)


def test_failures_are_found():
    assert outcome(0.969).failures() == []
    assert "below 0.97" in outcome(0.97).failures()[0]
    assert "below 0.97" in outcome(float("nan")).failures()[0]
    assert "bits" in outcome(0.5, same_bits=False).failures()[0]


def test_streamed_days_have_the_bits_of_the_sequence(task):
    model = run.build_model(4, units=8)
    days = task.features[:20]
    sequence = np.asarray(model.predict(days[np.newaxis], verbose=0))[0]
    streamed, seconds = run.stream(model, days)
    assert streamed.tobytes() == sequence.tobytes()
    assert seconds > 0


def test_demo_fails_and_says_why_when_it_has_learnt_nothing(tmp_path, monkeypatch, capsys):
    # One window and one epoch leave the model as it was made.
    monkeypatch.setattr(run, "STEPS", make_task(seattle_weather.load_data()).train)
    monkeypatch.setattr(run, "BOUND", 0.5)
    assert run.main(tmp_path / "new", epochs=1) == 1
    out, err = capsys.readouterr()
    assert "must be below 0.5 of persistence" in err
    assert "the same bits as the sequence call" in out
    assert (tmp_path / "new" / "seattle.weights.safetensors").stat().st_size > 1000
