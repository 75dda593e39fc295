"""Layers that move features about without computing: they drop the mask, as Keras' do."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..errors import message
from .input_spec import InputSpec
from .layer import Layer
from .sizes import channels_first

__all__ = ["Flatten", "Permute", "RepeatVector", "Reshape"]


class RepeatVector(Layer):
    """Repeats each row ``n`` times: [B, F] -> [B, n, F].

    The usual bridge from an encoder's last state to a decoder's steps.

    Args:
        n: number of steps.

    Raises:
        TypeError: n is not an int.
        ValueError: n is not positive; an input that is not [B, F].

    >>> import numpy as np
    >>> RepeatVector(2)(np.array([[1.0, 2.0]])).numpy().tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """

    def __init__(self, n: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(message("RepeatVector", "n must be an int", type(n).__name__))
        if n <= 0:
            raise ValueError(message("RepeatVector", "n must be positive", n))
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Repeat along a new axis of steps."""
        return ops.repeat(ops.expand_dims(inputs, axis=1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "n": self.n}


class Reshape(Layer):
    """The same elements of each sample in another shape.

    Args:
        target_shape: without the batch axis; one axis may be -1 or None: what the others leave.

    Raises:
        ValueError: a target that is no tuple of sizes, or of another number of elements.

    >>> import numpy as np
    >>> Reshape((3, -1))(np.zeros((2, 6))).shape
    (2, 3, 2)
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = _checked_target(tuple(target_shape))
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The batch axis and the target; -1 is worked out where the input is known, None stays."""
        inner = tuple(input_shape[1:])
        if None in inner:
            rest: int | None = None
        else:
            rest = _rest(self.target_shape, math.prod(inner), inner)
        return (input_shape[0], *(rest if size == -1 else size for size in self.target_shape))

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule; the dtype is the input's."""
        return _symbolic(self, args[0])

    def call(self, inputs: Any) -> Any:
        """Reshape each sample."""
        inner = tuple(inputs.shape[1:])
        rest = _rest(self.target_shape, math.prod(inner), inner)
        sizes = (rest if size in (-1, None) else size for size in self.target_shape)
        return ops.reshape(inputs, (inputs.shape[0], *sizes))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "target_shape": self.target_shape}


def _symbolic(layer: Any, x: Any) -> Any:
    """What comes out of a layer that has a shape rule and keeps the dtype."""
    from ..symbolic import KerasTensor

    return KerasTensor(layer.compute_output_shape(tuple(x.shape)), x.dtype)


def _checked_target(target: tuple[Any, ...]) -> tuple[int | None, ...]:
    given = [-1 if size is None else size for size in target]
    whole = all(isinstance(size, int) and not isinstance(size, bool) for size in given)
    if not whole or given.count(-1) > 1 or any(size < -1 for size in given):
        raise ValueError(
            message(
                "Reshape", "target_shape must be a tuple of sizes, at most one of them -1", target
            )
        )
    return target


def _rest(target: tuple[int | None, ...], total: int, inner: tuple[int, ...]) -> int:
    """The size that -1 or None stands for."""
    given = [size for size in target if size is not None and size != -1]
    known = math.prod(given)
    rest = total // known if known else 0
    if (rest if len(given) < len(target) else 1) * known != total:
        raise ValueError(
            message("Reshape", f"{total} elements of a sample {inner} do not fit", f"{target}")
        )
    return rest


class Flatten(Layer):
    """All axes but the batch's as one: [B, ...] -> [B, N]; [B] -> [B, 1].

    Args:
        data_format: "channels_last" (default) or "channels_first": then axis 1 goes last first.

    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format, self._channels_first = channels_first("Flatten", data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, N), N None where a size is."""
        inner = tuple(input_shape[1:])
        return (input_shape[0], None if None in inner else math.prod(inner))

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """As the shape rule; the dtype is the input's."""
        return _symbolic(self, args[0])

    def call(self, inputs: Any) -> Any:
        """Flatten each sample."""
        rank = len(inputs.shape)
        if self._channels_first and rank > 1:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        return ops.reshape(inputs, self.compute_output_shape(inputs.shape))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "data_format": self.data_format}


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
        dims: axes counted from 1: ``(2, 1)`` exchanges steps and features.

    Raises:
        ValueError: dims that do not name each axis once.

    >>> import numpy as np
    >>> Permute((2, 1))(np.zeros((5, 3, 4))).shape
    (5, 4, 3)
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                message(
                    "Permute",
                    "dims must name each axis once, counted from 1",
                    self.dims,
                    "the batch axis is not counted",
                )
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Transpose each sample."""
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "dims": self.dims}
