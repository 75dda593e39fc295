"""The forecast's picture; only the error without matplotlib is tested everywhere."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tidegate.viz.forecast import Panel, plot_forecast

DATES = np.arange("2015-01-01", "2015-03-01", dtype="datetime64[D]")
CURVE = np.linspace(0.0, 9.0, len(DATES))
PANEL = Panel("One day ahead", CURVE + 1, {"persistence": 2.5, "LSTM": 1.0})


def test_picture_shows_every_curve_and_bar():
    pytest.importorskip("matplotlib")
    figure = plot_forecast(
        DATES, CURVE, [PANEL, PANEL], reference=("season", CURVE), title="Rain", unit="mm"
    )
    curves, bars = figure.axes[:2]
    drawn = {line.get_label(): line.get_ydata() for line in curves.get_lines()}
    assert drawn.keys() == {"observed", "season", "forecast"}
    np.testing.assert_array_equal(drawn["forecast"], PANEL.forecast)
    assert [bar.get_width() for bar in bars.patches] == [2.5, 1.0]
    assert len(figure.axes) == 4


def test_picture_is_written(tmp_path):
    pytest.importorskip("matplotlib")
    plot_forecast(DATES, CURVE, [PANEL]).savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("curve", "panels"), [(CURVE[1:], [PANEL]), (CURVE, [])])
def test_curves_that_do_not_fit_are_refused(curve, panels):
    with pytest.raises(ValueError, match=r"every curve must be \[N\] = \[59\]"):
        plot_forecast(DATES, curve, panels)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'tidegate\[plot\]'"):
        plot_forecast(DATES, CURVE, [PANEL])
