"""Layers around another layer, or around nothing."""

from __future__ import annotations

from typing import Any

from ..errors import message
from .layer import Layer

__all__ = ["Identity", "Wrapper"]


class Identity(Layer):
    """Hands its input on, mask included; any structure of tensors.

    >>> import numpy as np
    >>> Identity()(np.array([[1.0]])).numpy()
    array([[1.]], dtype=float32)
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The input."""
        return inputs


class Wrapper(Layer):
    """Base of layers that hold one other layer as ``layer``; a subclass writes ``call``.

    Raises:
        ValueError: something that is not a layer.

    >>> from tidegate.layers import Dense
    >>> class Twice(Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> import numpy as np
    >>> Twice(Dense(3))(np.zeros((1, 3))).shape
    (1, 3)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                message(type(self).__name__, "layer must be a Layer", f"{type(layer).__name__}")
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {**super().get_config(), "layer": serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        config = dict(config)
        return cls(deserialize(config.pop("layer"), custom_objects), **config)
