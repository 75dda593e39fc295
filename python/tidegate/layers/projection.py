"""The products inside an attention layer: from one set of axes to another."""

from __future__ import annotations

import math
from typing import Any

from .. import activations, initializers, ops
from ..initializers import VarianceScaling
from .layer import Layer
from .weight_rules import set_rules

__all__ = ["Projection"]


class Projection(Layer):
    """``activation(x kernel + bias)``, the last ``bound`` axes of x to ``out`` new ones.

    Weights: ``kernel`` [*bound, *out], ``bias`` [*out].

    >>> import numpy as np
    >>> Projection((2, 3))(np.zeros((4, 5, 6))).shape
    (4, 5, 2, 3)
    """

    def __init__(
        self,
        out: Any,
        bound: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.out, self.bound = tuple(out), bound
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        set_rules(
            self,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self.supports_masking = True
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Make kernel and bias; the fans of the kernel are products of its axes."""
        start = self.kernel_initializer
        if isinstance(start, VarianceScaling) and start.input_axes is None:
            first = tuple(range(self.bound))
            last = tuple(range(self.bound, self.bound + len(self.out)))
            config = {**start.get_config(), "input_axes": first, "output_axes": last}
            start = type(start).from_config({**config, "seed": start.seed})
        self.kernel = self.add_weight(
            (*input_shape[-self.bound :], *self.out),
            start,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                self.out,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def call(self, inputs: Any) -> Any:
        """One product of matrices."""
        lead = inputs.shape[: -self.bound]
        width = math.prod(self.out)
        size = math.prod(inputs.shape[-self.bound :])
        x = ops.reshape(inputs, (*lead, size)) if self.bound > 1 else inputs
        bias = None if self.bias is None else ops.reshape(self.bias, (width,))
        y = ops.dense(x, ops.reshape(self.kernel, (size, width)), bias)
        return self.activation(ops.reshape(y, (*lead, *self.out)))
