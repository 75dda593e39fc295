"""Features shifted and scaled by statistics of the data."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from .. import config, ops
from ..errors import message
from ..tensor import Tensor
from .layer import Layer

__all__ = ["Normalization"]


class Normalization(Layer):
    """``(x - mean) / sqrt(variance)`` with statistics that ``adapt`` takes from data.

    Args:
        axis: axes that keep statistics of their own, default the features'; None for one pair.
        mean, variance: given in place of adapting.
        invert: ``mean + x * sqrt(variance)``, the way back.

    Weights, not trained: ``mean``, ``variance``, ``count``, unless mean and variance are given. The
    mask goes through.

    Raises:
        ValueError: one of mean and variance without the other; unknown sizes on the axes.

    >>> import numpy as np
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0.0], [2.0]]))
    >>> layer(np.array([[4.0]])).numpy()
    array([[3.]], dtype=float32)
    """

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        given = () if axis is None else axis
        self.axis = (given,) if isinstance(given, int) else tuple(given)
        self.input_mean, self.input_variance = mean, variance
        self.invert = invert
        self.supports_masking = True
        self.adapt_mean: Any = None
        self.adapt_variance: Any = None
        self.count: Any = None
        self._check_given(mean, variance)

    def _check_given(self, mean: Any, variance: Any) -> None:
        if (mean is None) != (variance is None):
            raise ValueError(
                message("Normalization", "mean and variance must both be given, or none of them")
            )
        if mean is None:
            return
        if np.shape(mean) != np.shape(variance):
            raise ValueError(
                message(
                    "Normalization",
                    "mean and variance must have the same shape",
                    f"{np.shape(mean)} and {np.shape(variance)}",
                )
            )
        if np.ndim(mean) > len(self.axis):
            raise ValueError(
                message(
                    "Normalization",
                    f"mean may have at most one axis for each of {self.axis}",
                    f"shape {np.shape(mean)}",
                )
            )

    def build(self, input_shape: Any) -> None:
        """Make the statistics."""
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(message(self.name, f"axis must lie in [{-rank}, {rank})", self.axis))
        kept = sorted(axis % rank for axis in self.axis)
        shape = tuple(input_shape[axis] for axis in kept)
        if None in shape:
            raise ValueError(
                message(self.name, f"axes {self.axis} must be known", tuple(input_shape))
            )
        self._reduced = tuple(axis for axis in range(rank) if axis not in kept)
        self._spread = [input_shape[axis] if axis in kept else 1 for axis in range(rank)]
        self._kept = {axis: input_shape[axis] for axis in kept}
        if self.input_mean is not None:
            return
        self.adapt_mean, self.adapt_variance, self.count = (
            self.add_weight(size, start, dtype=kind, trainable=False, name=name)
            for name, size, start, kind in (
                ("mean", shape, "zeros", None),
                ("variance", shape, "ones", None),
                ("count", (), "zeros", "int32"),
            )
        )

    def adapt(self, data: Any) -> None:
        """Take mean and variance from an array, or from an iterable of batches.

        Raises:
            ValueError: data of another shape than the layer was built for, no batch at all.
            TypeError: something that holds no arrays.
        """
        if self.input_mean is not None:
            raise ValueError(
                message(self.name, "a layer with a given mean takes none from data", "adapt")
            )
        if isinstance(data, Tensor):
            data = data.numpy()
        batches: Any = [data] if isinstance(data, np.ndarray) else data
        if not hasattr(batches, "__iter__"):
            raise TypeError(message(self.name, "adapt takes arrays", type(data).__name__))
        batches = iter(batches)
        first = next(batches, None)
        if first is None:
            raise ValueError(message(self.name, "adapt needs at least one batch", "none"))
        count, mean, variance = 0, None, None
        for batch in itertools.chain([first], batches):
            values = self._checked(batch)
            size = math.prod(values.shape[axis] for axis in self._reduced)
            m = values.mean(axis=self._reduced, dtype=np.float64)
            v = values.var(axis=self._reduced, dtype=np.float64)
            count += size
            if mean is None:
                mean, variance = m, v
                continue
            share = size / count
            total = mean + (m - mean) * share
            variance = (variance + (mean - total) ** 2) * (1 - share) + (v + (m - total) ** 2) * (
                share
            )
            mean = total
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def _checked(self, batch: Any) -> Any:
        values = batch[0] if isinstance(batch, tuple) else batch
        if not hasattr(values, "shape"):
            raise TypeError(message(self.name, "adapt takes arrays", type(values).__name__))
        values = np.asarray(values)
        if not self.built:
            self.build(values.shape)
        for axis, size in self._kept.items():
            if axis >= values.ndim or values.shape[axis] != size:
                raise ValueError(
                    message(
                        self.name,
                        f"the layer was built for a size of {size} on axis {axis}",
                        f"data of shape {values.shape}",
                    )
                )
        return values

    @property
    def mean(self) -> Any:
        """What is subtracted, spread for the input; None before the layer is built."""
        return ops.convert_to_tensor(self._moments()[0]) if self.built else None

    @property
    def variance(self) -> Any:
        """The square of the divisor, spread for the input; None before the layer is built."""
        return ops.convert_to_tensor(self._moments()[1]) if self.built else None

    def _moments(self) -> tuple[Any, Any]:
        """(mean, variance), given or adapted, spread for the input."""
        if self.input_mean is not None:
            mean, variance = [
                np.broadcast_to(
                    np.asarray(value, self.compute_dtype).reshape(self._given_shape(value)),
                    self._spread,
                )
                for value in (self.input_mean, self.input_variance)
            ]
            return mean, variance
        shape = self._spread
        return self.adapt_mean.value.reshape(shape), self.adapt_variance.value.reshape(shape)

    def _statistics(self) -> tuple[Any, Any]:
        """(mean, deviation), spread for the input."""
        mean, variance = self._moments()
        return mean, np.maximum(np.sqrt(variance), variance.dtype.type(config.epsilon()))

    def _given_shape(self, value: Any) -> list[int]:
        """A given mean's axes at the last kept ones."""
        shape = [1] * len(self._spread)
        last = sorted(self._kept, reverse=True)
        for size, axis in zip(reversed(np.shape(value)), last, strict=False):
            shape[axis] = size
        return shape

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        inputs = ops.cast(inputs, self.compute_dtype)
        mean, deviation = self._statistics()
        if self.invert:
            return inputs * deviation + mean
        return (inputs - mean) / deviation

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }
