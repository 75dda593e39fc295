"""Layers that add noise in training and do nothing otherwise; all hand on the mask."""

from __future__ import annotations

import math
from typing import Any

from .. import ops, random
from ..errors import message
from ..random import SeedGenerator
from ..symbolic import KerasTensor
from .dropout import Dropout
from .input_spec import InputSpec
from .layer import Layer

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"]

_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


class _Noise(Layer):
    """A rate, a seed, and nothing to do outside of training."""

    _argument = "rate"

    def __init__(self, amount: float, seed: Any, kwargs: dict[str, Any]) -> None:
        super().__init__(**kwargs)
        if not 0 <= amount <= 1:
            raise ValueError(
                message(type(self).__name__, f"{self._argument} must lie in [0, 1]", amount)
            )
        self.seed = seed
        self.seed_generator = SeedGenerator(seed) if amount > 0 else None
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """The input, changed in training."""
        if not training or self.seed_generator is None or isinstance(inputs, KerasTensor):
            return inputs
        return self.disturbed(inputs)

    def disturbed(self, x: Any) -> Any:
        """The equation; written by subclasses."""
        raise NotImplementedError

    def _config(self, **own: Any) -> dict[str, Any]:
        return {**Layer.get_config(self), **own, "seed": self.seed}


class GaussianNoise(_Noise):
    """Adds normal noise with standard deviation ``stddev`` in training.

    Args:
        stddev: in [0, 1].
        seed: integer or SeedGenerator.

    >>> import numpy as np
    >>> GaussianNoise(0.5)(np.ones((1, 2))).numpy()
    array([[1., 1.]], dtype=float32)
    """

    _argument = "stddev"

    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(stddev, seed, kwargs)
        self.stddev = stddev

    def disturbed(self, x: Any) -> Any:
        """x plus noise."""
        noise = random.normal(x.shape, 0.0, self.stddev, self.compute_dtype, self.seed_generator)
        return x + noise

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return self._config(stddev=self.stddev)


class GaussianDropout(_Noise):
    """Multiplies by normal noise of mean 1 in training, as strong as dropout of that rate.

    The standard deviation is sqrt(rate / (1 - rate)).

    Args:
        rate: in [0, 1).
        seed: integer or SeedGenerator.

    Source: Srivastava et al., "Dropout", JMLR 15, 2014, section 10.

    >>> import numpy as np
    >>> GaussianDropout(0.5)(np.ones((1, 2))).numpy()
    array([[1., 1.]], dtype=float32)
    """

    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(rate, seed, kwargs)
        self.rate = rate

    def disturbed(self, x: Any) -> Any:
        """x times noise."""
        stddev = math.sqrt(self.rate / (1.0 - self.rate))
        return x * random.normal(x.shape, 1.0, stddev, self.compute_dtype, self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return self._config(rate=self.rate)


class AlphaDropout(_Noise):
    """Dropout that keeps mean and variance of what selu gives.

    Dropped elements become the value that selu saturates at; the rest is scaled and shifted.

    Args:
        rate: in [0, 1).
        noise_shape: shape of the pattern; an axis of size 1 shares it, None is the input's size.
        seed: integer or SeedGenerator.

    Source: Klambauer et al., "Self-normalizing neural networks", 2017.

    >>> import numpy as np
    >>> AlphaDropout(0.5)(np.ones((1, 2))).numpy()
    array([[1., 1.]], dtype=float32)
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, kwargs)
        self.rate = rate
        self.noise_shape = noise_shape

    def disturbed(self, x: Any) -> Any:
        """x with elements at the lower end, scaled and shifted."""
        given = self.noise_shape or [None] * len(x.shape)
        shape = [n if size is None else size for n, size in zip(x.shape, given, strict=True)]
        drawn = random.uniform(shape, dtype=self.compute_dtype, seed=self.seed_generator)
        kept = ops.cast(ops.greater_equal(drawn, self.rate), x.dtype)
        low = -_SELU_ALPHA * _SELU_SCALE
        scale = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
        return scale * (x * kept + low * (1 - kept)) - scale * low * self.rate

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return self._config(rate=self.rate, noise_shape=self.noise_shape)


class SpatialDropout1D(Dropout):
    """Dropout of whole features: one pattern for all steps of a sample, [B, T, F].

    Args:
        rate: in [0, 1].
        seed: integer or SeedGenerator.

    Source: Tompson et al., "Efficient object localization using convolutional networks", 2015.

    >>> import numpy as np
    >>> SpatialDropout1D(0.5)(np.ones((1, 2, 1))).numpy().tolist()
    [[[1.0], [1.0]]]
    """

    def __init__(
        self, rate: float, seed: Any = None, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(rate, (None, 1, None), seed=seed, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=3)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}
