"""Random numbers from one counter-based generator, keyed by seed, stream and step.

The bits are Philox 4x64 with the key (seed, stream) and the step in the highest word of its
counter, so a draw depends on these integers alone: not on threads, nor on what was drawn before.
The numbers are made from the bits here, not by NumPy's distributions, whose streams may change
from one version to the next.

Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", 2011.
"""

from __future__ import annotations

import math
import random as python_random
import threading
from typing import Any, NamedTuple

import numpy as np

from tidegate._lazy import attach
from tidegate.arrays import Array
from tidegate.dtypes import BFLOAT16, FLOATS, array_dtype, computed_dtype, standardize_dtype
from tidegate.errors import message
from tidegate.scopes import STATE
from tidegate.tensor import Tensor, as_array, convert_to_tensor

# Streams: what the numbers are for, so that equal seeds do not give equal numbers to all uses.
VALUES, DROPOUT, SHUFFLE = 0, 1, 2

_WORD = (1 << 64) - 1


class Key(NamedTuple):
    """Which random numbers: three integers, all that a draw depends on."""

    seed: int
    stream: int
    step: int


def bits(key: Key, count: int) -> Array:
    """`count` uniform words, uint64.

    >>> bits(Key(1, 0, 0), 2).tolist() == bits(Key(1, 0, 0), 3).tolist()[:2]
    True
    """
    generator = np.random.Philox(
        key=np.array([key.seed & _WORD, key.stream & _WORD], np.uint64),
        counter=np.array([0, 0, 0, key.step & _WORD], np.uint64),
    )
    return generator.random_raw(count)


def _halves(key: Key, count: int) -> Array:
    """`count` uniform words, uint32, two from each word of 64."""
    words = bits(key, (count + 1) // 2)
    return words.astype("<u8", copy=False).view("<u4")[:count]


def uniform_values(key: Key, count: int, dtype: str) -> Array:
    """Uniform numbers in [0, 1): 24 random bits for float32, 53 for float64."""
    if dtype == "float32":
        return (_halves(key, count) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
    return (bits(key, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal_values(key: Key, count: int, dtype: str) -> Array:
    """Standard normal numbers, by Box and Muller's transform in float64."""
    pairs = (count + 1) // 2
    u = uniform_values(key, 2 * pairs, "float64")
    radius = np.sqrt(-2.0 * np.log(1.0 - u[:pairs]))
    angle = (2.0 * math.pi) * u[pairs:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count].astype(dtype)


class SeedGenerator:
    """Gives a new key for every draw.

    Args:
        seed: an integer; None takes one from Python's `random`, which `set_random_seed` controls.
        name: for Keras' signature.
        stream: what the numbers are for.

    Attributes:
        state: (seed, stream, step), all that has to be saved to go on with the same numbers.

    >>> generator = SeedGenerator(7)
    >>> generator.next().step, generator.next().step
    (0, 1)
    """

    def __init__(
        self, seed: int | None = None, name: str | None = None, stream: int = VALUES
    ) -> None:
        self.name = name or "seed_generator"
        self._initial_seed = seed
        self._lock = threading.Lock()
        self._state = (default_seed() if seed is None else _checked_seed(seed), stream, 0)

    @property
    def state(self) -> tuple[int, int, int]:
        """(seed, stream, step)."""
        return self._state

    @state.setter
    def state(self, value: Any) -> None:
        seed, stream, step = (int(number) for number in value)
        with self._lock:
            self._state = (seed, stream, step)

    def next(self) -> Key:
        """The key of the next draw; safe from several threads."""
        with self._lock:
            seed, stream, step = self._state
            if STATE.tracing is None:
                self._state = (seed, stream, step + 1)
        return Key(seed, stream, step)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"seed": self._initial_seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator at its start."""
        return cls(**config)


def _checked_seed(seed: Any) -> int:
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)):
        raise ValueError(message("seed", "a seed must be an integer", repr(seed)))
    return int(seed)


def default_seed() -> int:
    """A seed from Python's generator, as Keras draws it."""
    return python_random.randint(1, 10**9)


_global: SeedGenerator | None = None


def global_seed_generator() -> SeedGenerator:
    """The generator behind draws without a seed."""
    global _global
    if _global is None:
        _global = SeedGenerator()
    return _global


def set_random_seed(seed: int) -> None:
    """Make everything that is drawn from now on repeatable.

    Seeds Python's `random`, NumPy's legacy generator and the one behind draws without a seed, as
    `keras.utils.set_random_seed` does.

    Args:
        seed: an integer from 0 to 2**32 - 1.
    """
    global _global
    number = _checked_seed(seed)
    if not 0 <= number < 1 << 32:
        raise ValueError(message("set_random_seed", "seed must lie in [0, 2**32)", number))
    python_random.seed(number)
    np.random.seed(number)  # noqa: NPY002 - Keras' contract: code that uses np.random repeats too
    _global = SeedGenerator(number)


def key_of(seed: Any, stream: int = VALUES) -> Key:
    """The key for one draw: of an integer always the same, of a generator its next one."""
    if seed is None:
        seed = global_seed_generator()
    if isinstance(seed, SeedGenerator):
        key = seed.next()
        return key if key.stream != VALUES else key._replace(stream=stream)
    if isinstance(seed, Key):
        return seed
    return Key(_checked_seed(seed), stream, 0)


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)


def _float_dtype(op: str, dtype: Any) -> str:
    """The dtype to draw in: bfloat16 is rounded afterwards."""
    name = computed_dtype(standardize_dtype(dtype))
    if name not in FLOATS:
        raise ValueError(message(op, f"dtype must be one of {FLOATS} or bfloat16", name))
    return name


def _drawn(values: Array, dtype: Any) -> Tensor:
    return convert_to_tensor(Tensor(values), BFLOAT16) if dtype == BFLOAT16 else Tensor(values)


def uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Numbers drawn evenly from [minval, maxval).

    >>> uniform((2,), seed=1).numpy().tolist() == uniform((2,), seed=1).numpy().tolist()
    True
    """
    sizes, name = _shape(shape), _float_dtype("uniform", dtype)
    values = uniform_values(key_of(seed), math.prod(sizes), name)
    kind = np.dtype(name).type
    return _drawn((values * kind(maxval - minval) + kind(minval)).reshape(sizes), dtype)


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Numbers drawn from the normal distribution."""
    sizes, name = _shape(shape), _float_dtype("normal", dtype)
    values = normal_values(key_of(seed), math.prod(sizes), name)
    kind = np.dtype(name).type
    return _drawn((values * kind(stddev) + kind(mean)).reshape(sizes), dtype)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Normal numbers of which those further than two stddev from the mean are drawn again."""
    sizes, name = _shape(shape), _float_dtype("truncated_normal", dtype)
    count = math.prod(sizes)
    key = key_of(seed)
    # 95.4 % are kept; the draw grows until enough are, and always from its start.
    tries = count + count // 10 + 16
    kept = np.empty(0, np.float64)
    while kept.size < count:
        drawn = normal_values(key, tries, "float64")
        kept = drawn[np.abs(drawn) <= 2.0]
        tries *= 2
    values = kept[:count].astype(name)
    kind = np.dtype(name).type
    return _drawn((values * kind(stddev) + kind(mean)).reshape(sizes), dtype)


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Integers drawn evenly from [minval, maxval)."""
    sizes = _shape(shape)
    if maxval <= minval:
        raise ValueError(message("randint", "maxval must be above minval", (minval, maxval)))
    values = uniform_values(key_of(seed), math.prod(sizes), "float64")
    whole = np.floor(values * (maxval - minval)).astype(np.int64) + minval
    return Tensor(whole.astype(array_dtype(dtype)).reshape(sizes))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Class numbers [B, num_samples] drawn with the probabilities softmax(logits [B, C])."""
    values = as_array(logits).astype(np.float64)
    if values.ndim != 2:
        raise ValueError(message("categorical", "logits must be [B, C]", values.shape))
    count = values.shape[0] * num_samples * values.shape[1]
    u = uniform_values(key_of(seed), count, "float64")
    # The largest of logits plus Gumbel noise has the wanted distribution.
    noise = -np.log(-np.log(np.clip(u, 1e-300, None)))
    scores = values[:, None, :] + noise.reshape(values.shape[0], num_samples, values.shape[1])
    return Tensor(scores.argmax(axis=-1).astype(array_dtype(dtype)))


def permutation(count: int, seed: Any = None) -> Array:
    """The numbers 0 to count - 1 in random order, int64.

    >>> sorted(permutation(4, seed=3).tolist())
    [0, 1, 2, 3]
    """
    keys = bits(key_of(seed, SHUFFLE), count)
    order = np.argsort(keys)
    sorted_keys = keys[order]
    if (sorted_keys[1:] == sorted_keys[:-1]).any():
        # What comes first of two equal keys must not depend on how NumPy sorts on this machine; a
        # stable sort of all takes five times as long.
        return np.argsort(keys, kind="stable")
    return order


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """x with its slices along an axis in random order."""
    values = as_array(x)
    shuffled = Tensor(np.take(values, permutation(values.shape[axis], seed), axis=axis))
    return convert_to_tensor(shuffled, x.dtype) if isinstance(x, Tensor) else shuffled


def dropout_mask(shape: Any, rate: float, dtype: Any = None, seed: Any = None) -> Any:
    """Factors for inverted dropout: 0 with probability `rate`, else 1 / (1 - rate).

    An array, or a tensor where the dtype is bfloat16.

    Raises:
        ValueError: rate outside of [0, 1].

    >>> sorted(set(dropout_mask((100,), 0.5, seed=1).tolist()))
    [0.0, 2.0]
    """
    if not 0 <= rate <= 1:
        raise ValueError(message("dropout", "rate must lie in [0, 1]", rate))
    sizes, name = _shape(shape), _float_dtype("dropout", dtype)
    if rate == 1:
        factors = np.zeros(sizes, name)
    else:
        keep = _halves(key_of(seed, DROPOUT), math.prod(sizes)) >= np.uint32(rate * 2.0**32)
        factors = keep.astype(name).reshape(sizes) * np.dtype(name).type(1.0 / (1.0 - rate))
    return _drawn(factors, dtype) if dtype == BFLOAT16 else factors


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Elements set to 0 with probability `rate`, the others divided by 1 - rate.

    Args:
        noise_shape: the shape of the random factors, broadcast over `inputs`; None where an axis
            is that of the input.

    Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting", 2014.
    """
    from tidegate.ops.random import dropout as differentiable

    return differentiable(inputs, rate, noise_shape, seed)


__getattr__ = attach(__name__, {}, ("beta", "binomial", "gamma"), "function")[0]
