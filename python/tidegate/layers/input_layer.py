"""Where a symbolic graph starts."""

from __future__ import annotations

from typing import Any

from ..dtypes import standardize_dtype
from ..errors import message, not_offered
from ..symbolic import KerasTensor, Node
from .layer import Layer

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """Holds the symbolic tensor of one input; use ``Input``.

    >>> InputLayer(shape=(10, 3)).output.shape
    (None, 10, 3)
    """

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name)
        if "input_shape" in kwargs:
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs:
            batch_shape = kwargs.pop("batch_input_shape")
        if kwargs:
            raise ValueError(
                message("InputLayer", "unrecognized keyword arguments", ", ".join(kwargs))
            )
        for option, value in (("sparse", sparse), ("ragged", ragged), ("optional", optional)):
            if value:
                raise not_offered("Input", f"{option}=True")
        if input_tensor is not None and not isinstance(input_tensor, KerasTensor):
            raise ValueError(message("Input", "tensor must be a KerasTensor", repr(input_tensor)))
        if shape is not None and batch_shape is not None:
            raise ValueError(
                message("Input", "shape and batch_shape cannot both be given", (shape, batch_shape))
            )
        if shape is None and batch_shape is None:
            if input_tensor is None:
                raise ValueError(
                    message("Input", "shape is needed, without the batch axis", "no shape")
                )
            batch_shape = input_tensor.shape
        elif batch_shape is None:
            batch_shape = (batch_size, *_sizes(shape))
        self.batch_shape = _sizes(batch_shape)
        self._dtype = standardize_dtype(dtype)
        self.supports_masking = True
        self.built = True
        output = input_tensor
        if output is None:
            output = KerasTensor(self.batch_shape, self._dtype, name=self.name)
        Node(self, (), {}, output)
        assert output.history is not None
        self._inbound_nodes.append(output.history[0])

    def call(self) -> Any:
        """An input has no equations."""
        raise NotImplementedError(message(self.name, "an input cannot be called"))

    @property
    def dtype(self) -> str:
        """The dtype of the input."""
        return self._dtype

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }


def Input(  # noqa: N802 - Keras' name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor to build a model from.

    Args:
        shape: sizes without the batch axis, None for any: ``(10, 3)`` is 10 steps of 3 features.
        batch_size: if it is fixed, as stateful layers need it.
        dtype: default floatx.
        batch_shape: sizes with the batch axis, in place of shape and batch_size.
        name: of the input.
        tensor: a KerasTensor to use in place of a new one.

    Raises:
        ValueError: no shape, or both shape and batch_shape.

    >>> Input((10, 3)).shape
    (None, 10, 3)
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.output


def _sizes(shape: Any) -> tuple[int | None, ...]:
    if isinstance(shape, int) or shape is None:
        raise ValueError(
            message("Input", "shape must be a tuple of sizes", repr(shape), f"({shape},)")
        )
    sizes = tuple(None if size is None else int(size) for size in shape)
    if any(size is not None and size < 0 for size in sizes):
        raise ValueError(message("Input", "sizes must not be negative", sizes))
    return sizes
