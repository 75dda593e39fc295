"""A function as a layer."""

from __future__ import annotations

import inspect
from typing import Any

from .. import tree
from ..utils.custom_objects import function_config, function_from_config
from .layer import Layer

__all__ = ["Lambda"]


class Lambda(Layer):
    """Applies ``function`` to its input.

    Args:
        function: of the input; it may take ``mask`` and ``training`` too. Written with
            ``tidegate.ops`` it has a gradient. Variables that it uses are not the layer's weights.
        output_shape: without the batch axis, or a function of the input's shape; only needed
            where tracing the function cannot tell.
        mask: of the output, or a function of (inputs, mask).
        arguments: further keyword arguments of the function.

    ``get_config`` names the functions; it holds no code, so a ``lambda`` cannot be written, and
    ``from_config`` takes a named function from ``custom_objects`` or the registered ones alone.

    >>> import numpy as np
    >>> Lambda(lambda x: x * 2)(np.array([[1.0]])).numpy()
    array([[2.]], dtype=float32)
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.arguments = arguments or {}
        self.function = function
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        taken = inspect.signature(function).parameters
        self._takes = tuple(name for name in ("mask", "training") if name in taken)

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """``function(inputs)``."""
        given = {"mask": mask, "training": training}
        return self.function(
            inputs, **self.arguments, **{name: given[name] for name in self._takes}
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As given, else from tracing the function."""
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        return (tree.flatten(input_shape)[0], *self._output_shape)

    def symbolic_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """By the given shape, else by tracing the function."""
        return self.traced_call(args, kwargs, by_rule=self._output_shape is not None)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The given mask, or what the given function says."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments, functions by name.

        Raises:
            ValueError: a ``lambda``, which has no name.
        """
        config = {
            **super().get_config(),
            "function": function_config("Lambda", "function", self.function),
        }
        for name, value in (("output_shape", self._output_shape), ("mask", self.mask)):
            if value is not None:
                config[name] = function_config("Lambda", name, value) if callable(value) else value
        return {**config, "arguments": self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Lambda:
        """The inverse of ``get_config``, with functions from ``custom_objects``.

        Raises:
            ValueError: a function that is stored as code, or that nobody registered.
        """
        config = dict(config)
        for name in ("function", "output_shape", "mask"):
            if isinstance(config.get(name), dict):
                config[name] = function_from_config("Lambda", config[name], custom_objects)
        return cls(**config)
