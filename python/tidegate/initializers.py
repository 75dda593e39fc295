"""Where weights start: Keras' initializers, by name, class or configuration.

Each is called with a shape and a dtype. A random one fixes its seed when it is made (drawn from
Python's `random` if none is given), so one object gives the same values at every call; give it a
`SeedGenerator` to vary them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tidegate import random
from tidegate._lazy import attach
from tidegate.dtypes import array_dtype
from tidegate.errors import message, not_offered
from tidegate.tensor import Tensor, as_array
from tidegate.utils.orthonormal import orthonormal_columns
from tidegate.utils.serialization import class_name

_STREAM = 3  # of the random numbers for weights

# The standard deviation of a standard normal cut off at 2.
_TRUNCATED_STD = 0.87962566103423978


class Initializer:
    """Base class: `__call__(shape, dtype=None)` gives the values."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        raise NotImplementedError(
            message(type(self).__name__, "an initializer must define __call__(shape, dtype)")
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make it again."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """An initializer from its configuration."""
        return cls(**config)

    def clone(self) -> Initializer:
        """Another one from the same configuration."""
        return self.__class__.from_config(self.get_config())


class Zeros(Initializer):
    """All 0.

    >>> Zeros()((2,)).numpy()
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        return Tensor(np.zeros(tuple(shape), array_dtype(dtype)))


class Ones(Initializer):
    """All 1."""

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        return Tensor(np.ones(tuple(shape), array_dtype(dtype)))


class Constant(Initializer):
    """All `value`, or the array `value` itself, broadcast."""

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        return Tensor(np.full(tuple(shape), as_array(self.value), array_dtype(dtype)))

    def get_config(self) -> dict[str, Any]:
        value = self.value
        plain = isinstance(value, (bool, int, float))
        return {"value": value if plain else as_array(value).tolist()}


class Identity(Initializer):
    """The identity matrix times `gain`; only for matrices."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        if len(shape) != 2:
            raise ValueError(message("Identity", "the shape must be that of a matrix", shape))
        kind = array_dtype(dtype)
        return Tensor(np.eye(shape[0], shape[1], dtype=kind) * np.dtype(kind).type(self.gain))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain}


class RandomInitializer(Initializer):
    """Base class of those that draw: holds the seed."""

    def __init__(self, seed: Any = None) -> None:
        self._init_seed = seed
        self.seed: Any = random.default_seed() if seed is None else seed
        if not isinstance(self.seed, (int, np.integer, random.SeedGenerator)):
            raise ValueError(
                message(
                    type(self).__name__,
                    "seed must be an integer, a SeedGenerator or None",
                    repr(self.seed),
                )
            )

    def _key(self) -> random.Key:
        return random.key_of(self.seed, _STREAM)

    def get_config(self) -> dict[str, Any]:
        seed = self._init_seed
        return {"seed": None if isinstance(seed, random.SeedGenerator) else seed}


class RandomNormal(RandomInitializer):
    """Normal with this mean and standard deviation."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        return random.normal(shape, self.mean, self.stddev, dtype, self._key())

    def get_config(self) -> dict[str, Any]:
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Normal, drawn again where further than two standard deviations from the mean."""

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, self._key())


class RandomUniform(RandomInitializer):
    """Even over [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        return random.uniform(shape, self.minval, self.maxval, dtype, self._key())

    def get_config(self) -> dict[str, Any]:
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


def compute_fans(shape: Any, input_axes: Any = None, output_axes: Any = None) -> tuple[int, int]:
    """How many values go into one output and come from one input of a weight of this shape.

    `input_axes` and `output_axes`, given both, say which axes to count.

    >>> compute_fans((3, 8)), compute_fans((5, 3, 8))
    ((3, 8), (15, 40))
    """
    sizes = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(sizes[i] for i in input_axes), math.prod(sizes[i] for i in output_axes)
    if len(sizes) < 1:
        return 1, 1
    if len(sizes) == 1:
        return int(sizes[0]), int(sizes[0])
    field = math.prod(sizes[:-2])
    return int(sizes[-2] * field), int(sizes[-1] * field)


class VarianceScaling(RandomInitializer):
    """Variance scale / n, with n the fan in, the fan out or their mean.

    Args:
        scale: positive.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: see the module.
        input_axes, output_axes: the axes that make the fans, if not those of a matrix or a
            convolution.

    Source: He et al., "Delving Deep into Rectifiers", 2015; Glorot, Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", 2010.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Any = None,
        output_axes: Any = None,
    ) -> None:
        if scale <= 0:
            raise ValueError(message("VarianceScaling", "scale must be positive", scale))
        modes = ("fan_in", "fan_out", "fan_avg")
        if mode.lower() not in modes:
            raise ValueError(message("VarianceScaling", f"mode must be one of {modes}", repr(mode)))
        shapes = ("uniform", "truncated_normal", "untruncated_normal")
        kind = distribution.lower()
        if kind == "normal":
            kind = "truncated_normal"
        if kind not in shapes:
            raise ValueError(
                message("VarianceScaling", f"distribution must be one of {shapes}", distribution)
            )
        super().__init__(seed)
        self.scale = scale
        self.mode = mode.lower()
        self.distribution = kind
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "truncated_normal":
            stddev = math.sqrt(variance) / _TRUNCATED_STD
            return random.truncated_normal(shape, 0.0, stddev, dtype, self._key())
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(variance), dtype, self._key())
        limit = math.sqrt(3.0 * variance)
        return random.uniform(shape, -limit, limit, dtype, self._key())

    def get_config(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            **self._common_config(),
        }

    def _common_config(self) -> dict[str, Any]:
        return {
            **RandomInitializer.get_config(self),
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Scaled(VarianceScaling):
    """One with everything but the seed fixed."""

    fixed: tuple[float, str, str] = (1.0, "fan_in", "truncated_normal")

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(*self.fixed, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        return self._common_config()


class GlorotUniform(_Scaled):
    """Even over +-sqrt(6 / (fan_in + fan_out)), also called Xavier's.

    >>> bound = (6 / (3 + 8)) ** 0.5
    >>> bool((abs(GlorotUniform(seed=1)((3, 8)).numpy()) <= bound).all())
    True
    """

    fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal of variance 2 / (fan_in + fan_out)."""

    fixed = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Scaled):
    """Truncated normal of variance 1 / fan_in."""

    fixed = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Even over +-sqrt(3 / fan_in)."""

    fixed = (1.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal of variance 2 / fan_in."""

    fixed = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Scaled):
    """Even over +-sqrt(6 / fan_in)."""

    fixed = (2.0, "fan_in", "uniform")


class Orthogonal(RandomInitializer):
    """Orthonormal rows or columns, whichever are fewer, times `gain`.

    The Q of a QR decomposition of a normal matrix, its columns given the signs of R's diagonal.

    Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks", 2014.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        sizes = tuple(int(n) for n in shape)
        if len(sizes) < 2:
            raise ValueError(message("Orthogonal", "the shape must have at least two axes", sizes))
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        flat = (max(rows, columns), min(rows, columns))
        # In float64: what is left of rounding is below float32.
        normal = random.normal_values(self._key(), math.prod(flat), "float64").reshape(flat)
        q = orthonormal_columns(normal)
        values = q.T if rows < columns else q
        return Tensor((self.gain * values).reshape(sizes).astype(array_dtype(dtype)))

    def get_config(self) -> dict[str, Any]:
        return {"gain": self.gain, **super().get_config()}


_CLASSES: dict[str, type[Initializer]] = {
    cls.__name__: cls
    for cls in (
        Zeros,
        Ones,
        Constant,
        Identity,
        RandomNormal,
        TruncatedNormal,
        RandomUniform,
        VarianceScaling,
        GlorotUniform,
        GlorotNormal,
        LecunNormal,
        LecunUniform,
        HeNormal,
        HeUniform,
        Orthogonal,
    )
}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_ALIASES: dict[str, type[Initializer]] = {
    **_CLASSES,
    **{_snake(name): cls for name, cls in _CLASSES.items()},
    "uniform": RandomUniform,
    "normal": RandomNormal,
    "zero": Zeros,
    "one": Ones,
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
}

KERAS_ONLY = ("STFT", "stft", "STFTInitializer")

_missing = attach(__name__, {}, KERAS_ONLY, "initializer")[0]


def __getattr__(name: str) -> Any:
    # Keras gives each class its snake name too: initializers.glorot_uniform is the class.
    return _ALIASES[name] if name in _ALIASES else _missing(name)


def get(identifier: Any) -> Any:
    """An initializer from its name, class, configuration, or itself; None stays None.

    Raises:
        ValueError: an unknown name.

    >>> type(get("glorot_uniform")).__name__
    'GlorotUniform'
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return _named(identifier)()
    if isinstance(identifier, (np.ndarray, np.generic, Tensor)):
        return _given(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier):
        return identifier
    raise ValueError(
        message("initializers.get", "an initializer is a name, an object or a configuration",
                repr(identifier))
    )  # fmt: skip


def _given(values: Any) -> Callable[..., Tensor]:
    """An initializer that gives these values."""

    def initialize(shape: Any, dtype: Any = None) -> Tensor:
        if tuple(shape) != tuple(values.shape):
            raise ValueError(
                message(
                    "initializers.get",
                    f"values of shape {tuple(values.shape)} can start only a weight of that shape",
                    tuple(shape),
                )
            )
        return Tensor(as_array(values).astype(array_dtype(dtype)))

    return initialize


def _named(name: str) -> Callable[..., Initializer]:
    if name in _ALIASES:
        return _ALIASES[name]
    if name in KERAS_ONLY:
        raise not_offered("initializers.get", f"initializer {name!r}")
    raise ValueError(
        message("initializers.get", "the name must be that of an initializer", repr(name),
                ", ".join(sorted(_snake(known) for known in _CLASSES)))
    )  # fmt: skip


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer, as Keras writes it into files.

    >>> serialize(Zeros())["class_name"]
    'Zeros'
    """
    if not isinstance(initializer, Initializer):
        raise ValueError(
            message("initializers.serialize", "only Initializer objects have a configuration",
                    repr(initializer))
        )  # fmt: skip
    built_in = type(initializer) in _CLASSES.values()
    return {
        "module": "keras.initializers" if built_in else type(initializer).__module__,
        "class_name": type(initializer).__name__,
        "config": initializer.get_config(),
        "registered_name": None if built_in else type(initializer).__name__,
    }


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """An initializer from its configuration or name."""
    if isinstance(config, str):
        return get(config)
    name = class_name(config, "initializer")
    custom = (custom_objects or {}).get(name)
    maker = custom if custom is not None else _named(name)
    arguments = dict(config.get("config", {}))
    if hasattr(maker, "from_config"):
        return maker.from_config(arguments)
    return maker(**arguments)
