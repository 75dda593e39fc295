"""A layer applied to every step."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message, not_offered
from .layer import Layer

__all__ = ["TimeDistributed"]


class TimeDistributed(Layer):
    """Applies ``layer`` to each step: [B, T, ...] -> [B, T, ...].

    The steps go through the layer as one batch of B * T.

    Raises:
        ValueError: something that is not a layer, an input with fewer than 3 axes.

    >>> import numpy as np
    >>> from tidegate.layers import Dense
    >>> TimeDistributed(Dense(2))(np.zeros((4, 5, 3))).shape
    (4, 5, 2)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                message("TimeDistributed", "layer must be a Layer", f"{type(layer).__name__}")
            )
        if layer.activity_regularizer is not None:
            # Keras adds one penalty per step; here all steps are one call.
            raise not_offered(
                "TimeDistributed",
                "a layer with activity_regularizer",
                "ActivityRegularization after the layer",
            )
        kwargs.setdefault("dtype", layer.dtype)
        super().__init__(**kwargs)
        self.layer = layer
        self.supports_masking = True

    def _step_shape(self, shape: Any) -> tuple[int | None, ...]:
        if not isinstance(shape, (list, tuple)) or len(shape) < 3:
            raise ValueError(
                message("TimeDistributed", "the input must have at least 3 axes [B, T, ...]", shape)
            )
        return (shape[0], *shape[2:])

    def build(self, input_shape: Any) -> None:
        """Build the layer for one step."""
        step = self._step_shape(input_shape)
        if not self.layer.built:
            self.layer.build(step)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The layer's output shape with the steps put back in."""
        one = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (one[0], input_shape[1], *one[1:])

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """All steps as one batch."""
        batch, steps = inputs.shape[:2]
        if mask is not None and tuple(mask.shape[:2]) != (batch, steps):
            raise ValueError(
                message(
                    self.name,
                    f"the mask must start with [B, T] = [{batch}, {steps}]",
                    list(mask.shape),
                )
            )
        flat = ops.reshape(inputs, (batch * steps, *inputs.shape[2:]))
        kwargs: dict[str, Any] = {}
        signature = self.layer.signature()
        if signature.has_training and training is not None:
            kwargs["training"] = training
        if signature.has_mask and mask is not None and len(mask.shape) > 2:
            kwargs["mask"] = ops.reshape(mask, (batch * steps, *mask.shape[2:]))
        y = self.layer(flat, **kwargs)
        return ops.reshape(y, (batch, steps, *y.shape[1:]))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {**super().get_config(), "layer": serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TimeDistributed:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        config = dict(config)
        return cls(deserialize(config.pop("layer")), **config)
