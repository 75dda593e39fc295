"""What ``fit`` returns."""

from __future__ import annotations

from typing import Any

from .callback import Callback

__all__ = ["History"]


class History(Callback):
    """Losses and metrics of each epoch.

    Attributes:
        history: {name: [value of each epoch]}, Python floats.
        epoch: numbers of the epochs, from 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Start anew: each ``fit`` has its own list of epochs."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Append the epoch's results."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self

    def plot(self, names: Any = None, ax: Any = None) -> Any:
        """Draw the curves, training solid and validation dashed; returns the matplotlib axes.

        Args:
            names: which of ``history``, without "val_"; default all, one panel each.
            ax: axes (or a list of them, one per name) to draw into.

        Raises:
            ImportError: matplotlib is not installed (``pip install tidegate[plot]``).
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                "[History.plot] drawing needs matplotlib. Hint: pip install 'tidegate[plot]'."
            ) from error
        if names is None:
            names = [name for name in self.history if not name.startswith("val_")]
        names = [names] if isinstance(names, str) else list(names)
        if ax is None:
            _, grid = plt.subplots(1, len(names), squeeze=False, figsize=(5 * len(names), 3.5))
            axes = list(grid[0])
        else:
            axes = list(ax) if isinstance(ax, (list, tuple)) else [ax] * len(names)
        for name, panel in zip(names, axes, strict=True):
            self._draw(name, panel)
        return axes[0] if len(set(map(id, axes))) == 1 else axes

    def _draw(self, name: str, panel: Any) -> None:
        epochs = [epoch + 1 for epoch in self.epoch]
        for key, style in ((name, "-"), (f"val_{name}", "--")):
            values = self.history.get(key)
            if values:
                shown = values[-len(epochs) :]
                panel.plot(epochs[-len(shown) :], shown, style, marker=".", label=key)
        panel.set_xlabel("epoch")
        panel.set_ylabel(name)
        panel.legend()
