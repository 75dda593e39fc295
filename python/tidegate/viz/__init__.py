"""Pictures. matplotlib is an extra: ``pip install 'tidegate[plot]'``.

Each function returns a ``matplotlib.figure.Figure``, which ``figure.savefig(path)`` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import attach

if TYPE_CHECKING:
    from .flow import gradient_flow as gradient_flow
    from .flow import plot_gradient_flow as plot_gradient_flow
    from .forecast import plot_forecast as plot_forecast

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "gradient_flow": ".flow",
        "plot_forecast": ".forecast",
        "plot_gradient_flow": ".flow",
    },
    ("model_to_dot", "plot_model"),
    "picture",
)
