"""Layer normalization."""

from __future__ import annotations

from typing import Any

from .. import initializers, ops
from ..errors import message, not_offered
from ..tensor import convert_to_tensor
from .layer import Layer
from .weight_rules import rules_config, rules_for, set_rules

__all__ = ["LayerNormalization"]


class LayerNormalization(Layer):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` over ``axis``, per sample.

    Args:
        axis: which axes are normalized, default the last.
        epsilon: added to the variance.
        center, scale: whether there is a beta, a gamma.

    Weights: ``gamma``, ``beta``, of the size of the normalized axes. The mask goes through.

    Source: Ba, Kiros, Hinton, "Layer normalization", 2016.

    >>> import numpy as np
    >>> LayerNormalization()(np.array([[1.0, 3.0]])).numpy().round(2)
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("rms_scaling", False):
            raise not_offered("LayerNormalization", "rms_scaling=True")
        super().__init__(**kwargs)
        set_rules(
            self,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(
                message("LayerNormalization", "axis must be an int or a list of ints", repr(axis))
            )
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.supports_masking = True
        if self._mixed:
            self.autocast = False  # mean and variance of the input as it comes
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        """Make gamma and beta."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        shape = tuple(input_shape[axis] for axis in axes)
        if None in shape:
            raise ValueError(
                message(
                    "LayerNormalization", "the normalized axes must be known", tuple(input_shape)
                )
            )
        if self.scale:
            self.gamma = self.add_weight(
                shape,
                self.gamma_initializer,
                autocast=False,
                name="gamma",
                **rules_for(self, "gamma"),
            )
        if self.center:
            self.beta = self.add_weight(
                shape,
                self.beta_initializer,
                autocast=False,
                name="beta",
                **rules_for(self, "beta"),
            )

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        y = ops.layer_normalization(
            inputs, self.gamma, self.beta, axis=self.axis, epsilon=self.epsilon
        )
        return convert_to_tensor(y, self._compute) if self._mixed else y

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            **rules_config(self, "beta", "gamma"),
            "rms_scaling": False,
        }
