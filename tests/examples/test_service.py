"""The service of a thousand stations on a few: its order, its bits, its errors."""

from __future__ import annotations

import numpy as np
import pytest
from example_programs import load

import tidegate as keras
from tidegate.runtime import lower


@pytest.fixture(scope="module")
def program():
    return load("service")


@pytest.fixture(scope="module")
def graph(program):
    keras.utils.set_random_seed(0)
    return lower(program.build_model(units=4))


@pytest.mark.parametrize("threads", [1, 3])
def test_every_station_gets_the_bits_of_its_own_sequence(program, graph, threads):
    rng = np.random.default_rng(threads)
    x = rng.normal(size=(10, 7, 4)).astype(np.float32)
    service = program.Service(graph, len(x), threads)
    y = program.serve(service, x, rng)
    expected = np.concatenate([graph.session().run(row[np.newaxis]) for row in x])
    assert y.tobytes() == expected.tobytes()
    for session, row in zip(service.sessions, x, strict=True):
        alone = graph.session()
        alone.run(row[np.newaxis])
        assert session.get_state().tobytes() == alone.get_state().tobytes()


def test_a_bad_report_is_raised_and_the_others_are_answered(program, graph):
    x = np.ones((1, 4), np.float32)
    y = np.full((2, 1, 1), np.nan, np.float32)
    service = program.Service(graph, 2, 1)
    service.submit(program.Request(0, x[:, :3].copy(), y[0]))
    service.submit(program.Request(1, x, y[1]))
    with pytest.raises(ValueError, match="step"):
        service.__exit__()
    assert np.isnan(y[0]).all()
    assert y[1].tobytes() == graph.session().step(x).tobytes()


def test_a_day_is_paired_with_the_rise_until_the_next(program):
    reports, rises = program.measurements()
    assert reports.shape == (1460, 4)
    np.testing.assert_allclose(np.diff(reports[:, 0]), rises[:-1, 0], atol=1e-5)
    starts = np.array([0, 5])
    assert program.windows(reports, starts, 3).shape == (2, 3, 4)
    assert (program.windows(reports, starts, 3)[1, 2] == reports[7]).all()
