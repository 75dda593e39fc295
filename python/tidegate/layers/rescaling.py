"""Features times a number, plus another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..dtypes import array_dtype
from .layer import Layer

__all__ = ["Rescaling"]


class Rescaling(Layer):
    """``x * scale + offset``, in training and in inference.

    Args:
        scale, offset: numbers, or lists or arrays of them that broadcast with the input; offset
            0 by default.

    Integers become floats. The mask goes through.

    >>> import numpy as np
    >>> Rescaling(1 / 4, offset=-1)(np.array([[0, 4, 8]])).numpy()
    array([[-1.,  0.,  1.]], dtype=float32)
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        scale, offset = (
            ops.convert_to_tensor(value, dtype=self.compute_dtype)
            for value in (self.scale, self.offset)
        )
        return ops.cast(inputs, self.compute_dtype) * scale + offset

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "scale": _written(self.scale),
            "offset": _written(self.offset),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The inverse of ``get_config``."""
        given: dict[str, Any] = {
            name: _read(config[name]) for name in ("scale", "offset") if name in config
        }
        return super().from_config({**config, **given})


def _written(value: Any) -> Any:
    """Numbers as Keras writes them: arrays in an envelope of their own."""
    if isinstance(value, np.ndarray) and value.ndim:
        inner = {"value": value.tolist(), "dtype": value.dtype.name}
        return {"class_name": "__numpy__", "config": inner}
    return value.item() if isinstance(value, (np.generic, np.ndarray)) else value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        # A dtype of the file's own wish could be as large as it likes.
        return np.array(value["config"]["value"], array_dtype(value["config"]["dtype"]))
    return value
