"""A layer applied to every step."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from .wrapper import Wrapper

__all__ = ["TimeDistributed"]


class TimeDistributed(Wrapper):
    """Applies ``layer`` to each step: [B, T, ...] -> [B, T, ...].

    Where each row of the layer's output depends on that row of its input alone, the steps go
    through it as one batch of B * T. A layer that looks at its batch (BatchNormalization), that
    keeps states, or that is your own, is called step by step.

    Raises:
        ValueError: something that is not a layer, an input with fewer than 3 axes, a mask that
            does not start with [B, T].

    >>> import numpy as np
    >>> from tidegate.layers import Dense
    >>> TimeDistributed(Dense(2))(np.zeros((4, 5, 3))).shape
    (4, 5, 2)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def _step_shape(self, shape: Any) -> tuple[int | None, ...]:
        if not isinstance(shape, (list, tuple)) or len(shape) < 3:
            raise ValueError(
                message("TimeDistributed", "the input must have at least 3 axes [B, T, ...]", shape)
            )
        return (shape[0], *shape[2:])

    def build(self, input_shape: Any = None) -> None:
        """Build the layer for one step."""
        super().build(self._step_shape(input_shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The layer's output shape with the steps put back in."""
        one = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (one[0], input_shape[1], *one[1:])

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """All steps as one batch, or one after the other."""
        batch, steps = inputs.shape[:2]
        if mask is not None and tuple(mask.shape[:2]) != (batch, steps):
            raise ValueError(
                message(
                    self.name,
                    f"the mask must start with [B, T] = [{batch}, {steps}]",
                    list(mask.shape),
                )
            )
        signature = self.layer.signature()
        kwargs = {"training": training} if signature.has_training else {}
        if not signature.has_mask:
            mask = None
        if not self.layer.rows_are_independent():
            outputs = [self._step(inputs, mask, t, kwargs) for t in range(steps)]
            return ops.stack(outputs, axis=1)
        if mask is not None and len(mask.shape) > 2:
            kwargs["mask"] = ops.reshape(mask, (batch * steps, *mask.shape[2:]))
        y = self.layer(ops.reshape(inputs, (batch * steps, *inputs.shape[2:])), **kwargs)
        return ops.reshape(y, (batch, steps, *y.shape[1:]))

    def _step(self, inputs: Any, mask: Any, t: int, kwargs: dict[str, Any]) -> Any:
        if mask is not None:
            kwargs = {**kwargs, "mask": mask[:, t]}
        return self.layer(inputs[:, t], **kwargs)
