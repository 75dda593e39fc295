"""How far back in time a recurrent layer's gradient reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autodiff import GradientTape
from ..dtypes import is_float
from ..errors import message
from ..tensor import convert_to_tensor
from ._matplotlib import INK, PALETTE, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["gradient_flow", "plot_gradient_flow"]


def gradient_flow(layer: Callable[[Any], Any], x: Any) -> np.ndarray:
    """The norm of the gradient that arrives at each step from the last one: float64 [T].

    With s the sum over the units of the last step's output,

        flow[t] = mean over the batch of || d s / d x[:, t] ||

    so a layer that forgets falls off towards t = 0, and one whose gradient explodes rises.

    Args:
        layer: a recurrent layer or a model that takes ``x``; of a sequence [B, T, H] that it
            returns, the last step is used; of several outputs, the first.
        x: floating point input [B, T, I].

    Raises:
        ValueError: x is not [B, T, I] or has no elements.

    Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013.

    Example:

    >>> from tidegate.layers import SimpleRNN
    >>> ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
    >>> adder = SimpleRNN(1, activation=None, **ones)
    >>> gradient_flow(adder, np.zeros((1, 3, 1), np.float32)).tolist()
    [1.0, 1.0, 1.0]
    """
    x = convert_to_tensor(x)
    if len(x.shape) != 3 or 0 in x.shape or not is_float(x.dtype):
        raise ValueError(
            message(
                "gradient_flow",
                "x must be floating point, [B, T, I], with at least one element",
                f"{x.dtype} {list(x.shape)}",
                "after an Embedding, give its output",
            )
        )
    with GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        y = y[0] if isinstance(y, (list, tuple)) else y
        last = y[:, -1] if len(y.shape) == 3 else y
    gradient = np.asarray(tape.gradient(last, x).numpy(), dtype=np.float64)
    return np.sqrt(np.square(gradient).sum(axis=2)).mean(axis=0)


def plot_gradient_flow(layers: Mapping[str, Callable[[Any], Any]], x: Any) -> Figure:
    """Draw ``gradient_flow`` of several layers over the steps that it travels back.

    Args:
        layers: name in the legend -> layer.
        x: floating point input [B, T, I], the same for all.

    Raises:
        ValueError: no layer, or as ``gradient_flow``.
        ImportError: matplotlib is not installed.
    """
    if not layers:
        raise ValueError(message("plot_gradient_flow", "layers must name at least one", layers))
    figure = new_figure("plot_gradient_flow", 7.5, 4.2)
    axes = figure.subplots()
    tidy(axes)
    for number, (name, layer) in enumerate(layers.items()):
        flow = gradient_flow(layer, x)[::-1]
        # A step that no gradient reaches has no place on a logarithmic axis: leave a gap.
        flow[flow == 0.0] = np.nan
        colour = PALETTE[number % len(PALETTE)]
        axes.plot(np.arange(len(flow)), flow, color=colour, linewidth=1.8, label=name)
    axes.set_yscale("log")
    axes.margins(x=0.01)
    axes.set_xlabel("steps back in time", color=INK)
    axes.set_ylabel("gradient norm", color=INK)
    axes.set_title("Gradient that reaches the input of a step", loc="left", color=INK)
    axes.legend(frameon=False, labelcolor=INK)
    return figure
