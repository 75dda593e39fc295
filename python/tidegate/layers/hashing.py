"""Strings and integers to a fixed range of numbers, without a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..config import floatx
from ..errors import message, not_offered
from ..symbolic import KerasTensor
from ..tensor import Tensor
from ..utils.fingerprints import farmhash64, siphash
from .category_encoding import encode
from .layer import Layer

__all__ = ["Hashing"]

_MODES = ("int", "one_hot", "multi_hot", "count")


class Hashing(Layer):
    """``hash(x) mod num_bins``: equal values always get equal numbers, others rarely do.

    Args:
        num_bins: how many numbers there are.
        mask_value: a value that gets number 0, which no other value then gets.
        salt: a number, or two, that make it another hash: SipHash in place of FarmHash.
        output_mode: "int" (default), "one_hot", "multi_hot" or "count", as ``CategoryEncoding``.
        sparse: for Keras' signature; False alone.

    Takes lists and arrays of strings, before a model, and integers, also inside of one; floats are
    cut to integers. The numbers are those of Keras (TensorFlow), bit for bit.

    Raises:
        ValueError: ``num_bins`` that is not positive, an unknown mode, a dtype or salt of another
            kind.

    >>> Hashing(num_bins=3)([["A"], ["B"], ["C"]]).numpy().tolist()
    [[1], [0], [1]]
    """

    def __init__(
        self,
        num_bins: Any,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        owner = "Hashing"
        dtype = kwargs.pop("dtype", None)
        # Layers have float dtypes here; that of the numbers is a matter of this layer.
        self._kind = _kind(dtype, output_mode)
        super().__init__(**kwargs)
        self.autocast = False
        if num_bins is None or num_bins <= 0:
            raise ValueError(message(owner, "num_bins must be positive", num_bins))
        if output_mode == "int" and self._kind not in ("int32", "int64"):
            raise ValueError(message(owner, 'dtype must be "int32" or "int64"', self._kind))
        if output_mode not in _MODES:
            raise ValueError(message(owner, f"output_mode must be one of {_MODES}", output_mode))
        if sparse:
            raise not_offered(owner, "sparse=True")
        self.num_bins, self.mask_value = num_bins, mask_value
        self.output_mode, self.sparse = output_mode, sparse
        self.salt = _salt(salt)
        self.built = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Strings are no tensors: values go straight to ``call``."""
        if args and isinstance(args[0], KerasTensor):
            return super().__call__(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, inputs: Any) -> Any:
        """The numbers, in the mode of output."""
        values = np.asarray(inputs.numpy() if isinstance(inputs, Tensor) else inputs)
        if values.dtype.kind == "f":
            values = values.astype(np.int64)
        flat = values.reshape(-1).tolist()
        bins = {value: self._bin(value) for value in set(flat)}
        numbers = np.array([bins[value] for value in flat], np.int64).reshape(values.shape)
        if self.output_mode != "int":
            numbers = encode(numbers, self.output_mode, self.num_bins, self._kind)
        return ops.convert_to_tensor(numbers, dtype=self._kind)

    def _bin(self, value: Any) -> int:
        masked = self.mask_value is not None and self.num_bins > 1
        if masked and value == self.mask_value:
            return 0
        data = value if isinstance(value, bytes) else str(value).encode()
        found = farmhash64(data) if self.salt is None else siphash(data, self.salt)
        return int(masked) + found % (self.num_bins - masked)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape, or its vectors' as Keras says it."""
        shape = tuple(input_shape)
        return shape if self.output_mode == "int" else (*shape[:-1], self.num_bins)

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule."""
        return KerasTensor(self.compute_output_shape(args[0].shape), self._kind)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        policy = {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": self._kind},
            "registered_name": None,
        }
        return {
            **super().get_config(),
            "dtype": policy,
            "num_bins": self.num_bins,
            "salt": self.salt,
            "mask_value": self.mask_value,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
        }


def _kind(dtype: Any, output_mode: str) -> str:
    """The dtype of what comes out, from its name or the configuration of a policy."""
    if isinstance(dtype, dict):
        dtype = dtype.get("config", {}).get("name")
    if dtype is None:
        return "int64" if output_mode == "int" else floatx()
    return str(dtype)


def _salt(salt: Any) -> list[int] | None:
    if salt is None:
        return None
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return list(salt)
    if isinstance(salt, int):
        return [salt, salt]
    raise ValueError(message("Hashing", "salt must be an int or two of them", repr(salt)))
