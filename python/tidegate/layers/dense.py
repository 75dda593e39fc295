"""A product with a matrix."""

from __future__ import annotations

from typing import Any

from .. import activations, initializers, ops
from ..errors import message
from ..utils.serialization import refuse_arguments
from .input_spec import InputSpec
from .layer import Layer
from .weight_rules import rules_config, rules_for, set_rules

__all__ = ["Dense"]


class Dense(Layer):
    """``activation(x @ kernel + bias)`` on the last axis: [..., I] -> [..., units].

    Args:
        units: size of the last axis of the output.
        activation: name or function, default none.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: names or objects.
        kernel_regularizer, bias_regularizer: penalties on the weights, names or objects.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: what the weights obey after each step.

    Weights: ``kernel`` [I, units], ``bias`` [units].

    Raises:
        ValueError: units not a positive integer; an input with fewer than 2 axes or without a
            known last one.

    >>> import numpy as np
    >>> Dense(2)(np.ones((4, 3))).shape
    (4, 2)
    """

    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        set_rules(
            self,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        refuse_arguments(
            "Dense",
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        if not hasattr(units, "__index__") or isinstance(units, bool) or units < 1:
            raise ValueError(message("Dense", "units must be a positive int", repr(units)))
        self.units = int(units)
        self.activation = activations.get(activation)
        self._fused = activations.kernel_name(self.activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Make kernel and bias."""
        size = input_shape[-1]
        if size is None:
            raise ValueError(
                message("Dense", "the last axis of the input must be known", tuple(input_shape))
            )
        self.kernel = self.add_weight(
            (size, self.units), self.kernel_initializer, name="kernel", **rules_for(self, "kernel")
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, name="bias", **rules_for(self, "bias")
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The equation above."""
        y = ops.dense(inputs, self.kernel, self.bias, activation=self._fused or "linear")
        return y if self._fused else self.activation(y)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **rules_config(self, "kernel", "bias"),
            "quantization_config": None,
        }
