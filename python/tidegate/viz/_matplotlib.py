"""matplotlib, when it is there, without its global state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import message

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["INK", "MUTED", "PALETTE", "new_figure", "tidy"]

INK, MUTED = "#22303c", "#8a96a3"
# Told apart by people who see colours differently too (Okabe and Ito).
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def new_figure(op: str, width: float, height: float) -> Figure:
    """An empty figure that belongs to its caller alone: pyplot is not touched.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            message(op, "matplotlib must be installed", error, "pip install 'tidegate[plot]'"),
            name="matplotlib",
        ) from error
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Any) -> None:
    """Take away what carries no information: two of four spines, strong grid lines, black."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=INK, which="both")
    axes.grid(color=MUTED, alpha=0.2, linewidth=0.6)
    axes.set_axisbelow(True)
