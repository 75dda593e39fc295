"""A year of forecasts beside what was observed, and how large their errors are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import message
from ._matplotlib import INK, MUTED, PALETTE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Panel", "plot_forecast"]


@dataclass(frozen=True)
class Panel:
    """One horizon: the forecast of each day, and the error of several methods.

    Args:
        title: above the panel.
        forecast: [N].
        errors: method -> RMSE, in the order of the bars; the last one is the model's.
    """

    title: str
    forecast: np.ndarray
    errors: Mapping[str, float]


def plot_forecast(
    dates: np.ndarray,
    observed: np.ndarray,
    panels: Sequence[Panel],
    *,
    reference: tuple[str, np.ndarray] | None = None,
    title: str = "",
    unit: str = "",
) -> Figure:
    """Draw one row per panel: curves on the left, errors as bars on the right.

    Args:
        dates: datetime64 [N].
        observed: [N].
        panels: one per horizon.
        reference: (name, curve [N]) to compare with, such as the seasonal average.
        title: of the figure.
        unit: of the observed quantity.

    Raises:
        ValueError: curves of unequal length, no panel.
        ImportError: matplotlib is not installed.
    """
    curves = {"observed": observed, **{panel.title: panel.forecast for panel in panels}}
    if reference is not None:
        curves[reference[0]] = reference[1]
    wrong = {name: np.shape(curve) for name, curve in curves.items() if len(curve) != len(dates)}
    if wrong or not panels:
        rule = f"there must be a panel, and every curve must be [N] = [{len(dates)}] as dates"
        raise ValueError(message("plot_forecast", rule, wrong or "no panel"))
    figure = new_figure("plot_forecast", 11.0, 0.8 + 3.0 * len(panels))
    figure.suptitle(title, color=INK, fontsize=14, x=0.01, ha="left")
    rows = figure.subplots(
        len(panels), 2, squeeze=False, sharex="col", gridspec_kw={"width_ratios": [4, 1]}
    )
    for number, (row, panel) in enumerate(zip(rows, panels, strict=True)):
        colour = PALETTE[number % len(PALETTE)]
        _curves(row[0], dates, observed, reference, panel, colour, unit)
        _bars(row[1], panel, colour, unit)
    return figure


def _curves(
    axes: Any,
    dates: np.ndarray,
    observed: np.ndarray,
    reference: tuple[str, np.ndarray] | None,
    panel: Panel,
    colour: str,
    unit: str,
) -> None:
    from matplotlib.dates import ConciseDateFormatter, MonthLocator

    tidy(axes)
    axes.plot(dates, observed, color=INK, linewidth=0.9, alpha=0.55, label="observed")
    if reference is not None:
        name, curve = reference
        axes.plot(dates, curve, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), label=name)
    axes.plot(dates, panel.forecast, color=colour, linewidth=1.4, label="forecast")
    axes.set_title(panel.title, loc="left", color=INK, fontsize=11)
    axes.set_ylabel(unit, color=INK)
    axes.margins(x=0.01)
    locator = MonthLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.legend(loc="upper left", frameon=False, fontsize=9, labelcolor=INK)


def _bars(axes: Any, panel: Panel, colour: str, unit: str) -> None:
    tidy(axes)
    axes.grid(visible=False)
    names, values = list(panel.errors), list(panel.errors.values())
    colours = [MUTED] * (len(names) - 1) + [colour]
    bars = axes.barh(names, values, color=colours, height=0.6)
    axes.bar_label(bars, fmt="%.2f", padding=3, color=INK)
    axes.set_title(f"RMSE, {unit}" if unit else "RMSE", loc="left", color=INK, fontsize=11)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25 * max(values))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
