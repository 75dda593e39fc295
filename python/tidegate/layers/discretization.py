"""Numbers to the number of the interval that they lie in."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..errors import message, not_offered
from ..symbolic import KerasTensor
from ..tensor import Tensor
from .category_encoding import encode
from .layer import Layer

__all__ = ["Discretization"]

_MODES = ("int", "one_hot", "multi_hot", "count")


class Discretization(Layer):
    """Number i where ``boundaries[i - 1] <= x < boundaries[i]``; the outermost intervals are open.

    Args:
        bin_boundaries: ascending numbers; k of them make k + 1 intervals.
        num_bins: in place of them: ``adapt`` then finds boundaries between so many intervals of
            about equally many numbers.
        epsilon: how exactly the quantiles are kept while adapting, as a fraction of the data.
        output_mode: "int" (default), "one_hot", "multi_hot" or "count", as ``CategoryEncoding``.
        sparse: for Keras' signature; False alone.

    Raises:
        ValueError: both of boundaries and number, or none of them; an unknown mode; a call before
            there are boundaries.

    >>> import numpy as np
    >>> layer = Discretization(bin_boundaries=[0.0, 1.0])
    >>> layer(np.array([[-1.5, 0.0, 0.5, 3.4]])).numpy()
    array([[0, 1, 1, 2]], dtype=int32)
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        owner = "Discretization"
        if sparse:
            raise not_offered(owner, "sparse=True")
        if output_mode not in _MODES:
            raise ValueError(message(owner, f"output_mode must be one of {_MODES}", output_mode))
        if num_bins is not None and num_bins < 0:
            raise ValueError(message(owner, "num_bins must not be negative", num_bins))
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                message(
                    owner,
                    "give either num_bins or bin_boundaries",
                    f"{num_bins} and {bin_boundaries}",
                )
            )
        self.bin_boundaries, self.num_bins = bin_boundaries, num_bins
        self.epsilon, self.output_mode, self.sparse = epsilon, output_mode, sparse
        self.summary: Any = np.zeros((2, 0), np.float32)

    # Adapting

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find the boundaries in an array, or in an iterable of batches.

        Args:
            steps: number of batches to look at.

        Raises:
            ValueError: a layer whose boundaries were given.
        """
        if self.num_bins is None:
            raise ValueError(
                message(
                    self.name,
                    "a layer with given boundaries takes none from data",
                    "adapt",
                    "num_bins in place of bin_boundaries",
                )
            )
        self.reset_state()
        if isinstance(data, (np.ndarray, Tensor)):
            self.update_state(data)
        else:
            for number, batch in enumerate(data):
                if steps is not None and number >= steps:
                    break
                self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Add a batch to the summary of the numbers seen."""
        values = np.asarray(data, np.float32)
        merged = np.concatenate([_summarized(values, self.epsilon), self.summary], axis=1)
        # As Keras: NumPy's default order of equal numbers, of which each has its own weight.
        self.summary = _compressed(merged[:, np.argsort(merged[0])], self.epsilon)

    def finalize_state(self) -> None:
        """Make the boundaries from the summary."""
        if self.num_bins is not None:
            self.bin_boundaries = _compressed(self.summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def reset_state(self) -> None:
        """Forget the numbers seen."""
        if self.num_bins is not None:
            self.summary = np.zeros((2, 0), np.float32)

    # The call

    def call(self, inputs: Any) -> Any:
        """The number of each interval, in the mode of output."""
        if self.bin_boundaries is None:
            raise ValueError(
                message(self.name, "there are no boundaries yet", "a call", "layer.adapt(data)")
            )
        values = ops.convert_to_numpy(inputs)
        found = np.digitize(values, np.asarray(self.bin_boundaries, values.dtype))
        if self.output_mode != "int":
            depth = len(self.bin_boundaries) + 1
            found = encode(found, self.output_mode, depth, self.compute_dtype)
        return ops.convert_to_tensor(found, dtype=self._output_dtype())

    def _depth(self) -> int | None:
        return self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1

    def _output_dtype(self) -> str:
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, or that of its vectors."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return shape
        if self.output_mode == "one_hot":
            kept = shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape
            return (*kept, self._depth())
        return (*shape[:1], *shape[2:], self._depth()) if len(shape) > 1 else (self._depth(),)

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule."""
        return KerasTensor(self.compute_output_shape(args[0].shape), self._output_dtype())

    # Configuration

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments; after adapting both the number and the boundaries."""
        return {
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The inverse of ``get_config``."""
        if config.get("num_bins") is None:
            return super().from_config(config)
        layer = super().from_config({**config, "bin_boundaries": None})
        layer.bin_boundaries = config.get("bin_boundaries")
        return layer


def _summarized(values: Any, epsilon: float) -> Any:
    """[2, n]: every so many-th number in ascending order, and how many each stands for."""
    values = np.sort(values.reshape(-1))
    step = max(values.size * epsilon, 1)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.ones_like(kept) * step])


def _compressed(summary: Any, epsilon: float) -> Any:
    """At most 1 / epsilon columns: quantiles at equal distances, interpolated."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    total = summary[1].cumsum()
    kept = np.interp(shares, total / total[-1], summary[0])
    counts = np.interp(shares, total / total[-1], total)
    return np.stack([kept, np.diff(counts, prepend=0)]).astype(np.float32)
