"""The model behind the table for more cores than there are."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def wavefront(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.kernels.wavefront.__main__")


def test_examples(wavefront):
    tried = doctest.testmod(wavefront)
    assert (tried.attempted, tried.failed) == (2, 0)


def test_more_sharers_meet_in_more_rounds(wavefront):
    assert wavefront.step_us({1: 8.0}, 1, 4, 0.5) == 8.0 / 4 + 2 * 0.5
    assert wavefront.step_us({1: 8.0}, 1, 8, 4.0) == 8.0  # sharing would cost more


def point(wavefront, units, rows, one):
    return wavefront.Point(units, rows, 8, one, one, one, 1.0)


def test_two_layers_at_once_help_where_a_layer_cannot_be_shared(wavefront):
    steps = wavefront.STEPS
    # A step of a layer takes 1 us on one thread, a barrier far more: today one core does it all.
    points = [point(wavefront, 64, rows, 2e-3 * steps) for rows in wavefront.ROWS]
    gains = wavefront.modelled(points, barrier_ns=1e6, cores=8)
    assert {rows for _, rows, _ in gains} == {1, 8, 32}
    filling = steps / (steps + wavefront.CHUNKS[0])
    assert all(gain == pytest.approx(2 * filling) for *_, gain in gains)


def test_nothing_is_gained_where_rows_are_dealt_out_without_loss(wavefront):
    steps = wavefront.STEPS
    points = [point(wavefront, 64, rows, 2e-3 * steps * rows) for rows in wavefront.ROWS]
    gains = wavefront.modelled(points, barrier_ns=0.0, cores=8)
    filling = steps / (steps + wavefront.CHUNKS[0])
    assert all(gain == pytest.approx(filling) for *_, gain in gains)
