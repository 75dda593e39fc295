"""Convolution over the steps."""

from __future__ import annotations

from typing import Any

from .. import activations, initializers, ops, regularizers
from ..errors import message
from ..ops.window import conv_length
from ..utils.serialization import refuse_arguments
from .input_spec import InputSpec
from .layer import Layer
from .sizes import channels_first, tuple_of
from .weight_rules import rules_config, set_rules

__all__ = ["Conv1D", "Convolution1D"]

_PADDINGS = ("valid", "same", "causal")


class Conv1D(Layer):
    """``y[t] = activation(sum over i of x[t * strides + i * dilation_rate] kernel[i] + bias)``.

    Args:
        filters: size of the last axis of the output, F.
        kernel_size: steps that one output sees, k.
        strides: steps between outputs.
        padding: "valid" (only whole windows), "same" (as many outputs as ceil(T / strides), zeros
            on both sides), "causal" (zeros before: no output sees a later step).
        data_format: "channels_last" (default) or "channels_first" for [B, C, T].
        dilation_rate: steps between the steps of a window.
        groups: the features are cut into that many parts, each with its own filters.
        activation, use_bias, kernel_initializer, bias_initializer: as in ``Dense``.

    Weights: ``kernel`` [k, C / groups, F], ``bias`` [F]. The mask is dropped, as in Keras.

    Raises:
        ValueError: sizes that are not positive, groups that do not divide C and F, strides
            together with a dilation, an input shorter than a window.

    >>> import numpy as np
    >>> Conv1D(4, 3, padding="causal")(np.zeros((2, 10, 5))).shape
    (2, 10, 4)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        refuse_arguments("Conv1D", lora_rank=kwargs.pop("lora_rank", None))
        kwargs.pop("lora_alpha", None)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.filters, self.groups = filters, groups
        self.kernel_size = tuple_of("Conv1D", "kernel_size", kernel_size, 1)
        self.strides = tuple_of("Conv1D", "strides", strides, 1)
        self.dilation_rate = tuple_of("Conv1D", "dilation_rate", dilation_rate, 1)
        self.padding = padding.lower()
        self.data_format, self._channels_first = channels_first("Conv1D", data_format)
        self._check_arguments()
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
        self.input_spec = InputSpec(min_ndim=3)
        self.kernel: Any = None
        self.bias: Any = None

    def _check_arguments(self) -> None:
        rules = (
            (self.padding in _PADDINGS, f"padding must be one of {_PADDINGS}", self.padding),
            (self.filters > 0, "filters must be positive", self.filters),
            (self.groups > 0, "groups must be positive", self.groups),
            (
                self.groups <= 0 or self.filters % self.groups == 0,
                "groups must divide filters",
                f"{self.filters} filters in {self.groups} groups",
            ),
            (
                self.strides == (1,) or self.dilation_rate == (1,),
                "strides and dilation_rate cannot both be above 1",
                f"{self.strides} and {self.dilation_rate}",
            ),
        )
        for holds, rule, received in rules:
            if not holds:
                raise ValueError(message("Conv1D", rule, received))

    def build(self, input_shape: Any) -> None:
        """Make kernel and bias."""
        channels = input_shape[1 if self._channels_first else -1]
        if channels is None or channels % self.groups:
            raise ValueError(
                message(
                    self.name,
                    "the features of the input must be known, and groups must divide them",
                    f"{tuple(input_shape)} in {self.groups} groups",
                )
            )
        self.compute_output_shape(input_shape)
        self.kernel = self.add_weight(
            (*self.kernel_size, channels // self.groups, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.filters,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(min_ndim=3, axes={1 if self._channels_first else -1: channels})

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(B, outputs, F).

        Raises:
            ValueError: an input that is not [B, T, C], one shorter than a window.
        """
        if len(input_shape) != 3:
            raise ValueError(message(self.name, "the input must be [B, T, C]", tuple(input_shape)))
        length = conv_length(
            self.name,
            input_shape[2 if self._channels_first else 1],
            self.kernel_size[0],
            self.strides[0],
            self.padding,
            self.dilation_rate[0],
        )
        last = (self.filters, length) if self._channels_first else (length, self.filters)
        return (input_shape[0], *last)

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        x = ops.transpose(inputs, (0, 2, 1)) if self._channels_first else inputs
        padding = self.padding
        if padding == "causal":
            before = self.dilation_rate[0] * (self.kernel_size[0] - 1)
            x, padding = ops.pad(x, ((0, 0), (before, 0), (0, 0))), "valid"
        y = ops.conv(x, self.kernel, self.strides, padding, dilation_rate=self.dilation_rate)
        if self.bias is not None:
            y = y + self.bias
        if self._channels_first:
            y = ops.transpose(y, (0, 2, 1))
        return self.activation(y)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **rules_config(self, "kernel", "bias"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
        }


Convolution1D = Conv1D
