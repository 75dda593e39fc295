"""An activation as a layer."""

from __future__ import annotations

from typing import Any

from .. import activations
from .layer import Layer

__all__ = ["Activation"]


class Activation(Layer):
    """Applies ``activation`` elementwise (softmax: along the last axis); hands on the mask.

    >>> import numpy as np
    >>> Activation("relu")(np.array([[-1.0, 2.0]])).numpy()
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """``activation(inputs)``."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}
