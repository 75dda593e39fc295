"""Activations with parameters, as layers; all hand on the mask."""

from __future__ import annotations

import warnings
from typing import Any

from .. import activations, initializers, ops
from ..errors import message
from .input_spec import InputSpec
from .layer import Layer
from .weight_rules import rules_config, set_rules

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]

_MASKED = -1e9  # Keras' stand-in for minus infinity


class ReLU(Layer):
    """``min(max(x, 0), max_value)``, with a slope below ``threshold``.

    ``negative_slope * (x - threshold)`` where x is below ``threshold``, else x, at most
    ``max_value``.

    Raises:
        ValueError: a negative argument.

    >>> import numpy as np
    >>> ReLU(max_value=1.0)(np.array([[-1.0, 0.5, 2.0]])).numpy()
    array([[0. , 0.5, 1. ]], dtype=float32)
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: Any = 0.0,
        threshold: Any = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0:
            raise ValueError(message("ReLU", "max_value must not be negative", max_value))
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or value < 0:
                raise ValueError(message("ReLU", f"{name} must be a number from 0 on", value))
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class LeakyReLU(Layer):
    """x where it is positive, else ``negative_slope * x``.

    Raises:
        ValueError: a negative slope.

    >>> import numpy as np
    >>> LeakyReLU(0.5)(np.array([[-1.0, 2.0]])).numpy()
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, negative_slope: Any = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warnings.warn(
                "Argument `alpha` is deprecated. Use `negative_slope` instead.", stacklevel=2
            )
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                message("LeakyReLU", "negative_slope must be a number from 0 on", negative_slope)
            )
        self.negative_slope = negative_slope
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class PReLU(Layer):
    """``max(x, 0) - alpha * max(-x, 0)`` with a trained ``alpha``.

    Args:
        alpha_initializer: default zeros.
        shared_axes: axes (counted from 1) along which one alpha is shared: ``[1]`` shares it over
            the steps.

    Weights: ``alpha``, of the shape of a sample, 1 on the shared axes.

    Source: He et al., "Delving deep into rectifiers", 2015.

    >>> import numpy as np
    >>> PReLU(alpha_initializer="ones")(np.array([[-1.0, 2.0]])).numpy()
    array([[-1.,  2.]], dtype=float32)
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_initializer = initializers.get(alpha_initializer)
        set_rules(self, alpha_regularizer=alpha_regularizer, alpha_constraint=alpha_constraint)
        if shared_axes is not None and not isinstance(shared_axes, (list, tuple)):
            shared_axes = [shared_axes]
        self.shared_axes = None if shared_axes is None else list(shared_axes)
        self.alpha: Any = None

    def build(self, input_shape: Any) -> None:
        """Make alpha."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            shape[axis - 1] = 1
        if None in shape:
            raise ValueError(
                message(
                    self.name,
                    "axes that alpha is not shared along must be known",
                    tuple(input_shape),
                    "shared_axes=[1] shares it over the steps",
                )
            )
        self.alpha = self.add_weight(
            shape,
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )
        axes = {}
        if self.shared_axes:
            axes = {i: n for i, n in enumerate(input_shape) if i and i not in self.shared_axes}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            **rules_config(self, "alpha"),
            "shared_axes": self.shared_axes,
        }


class ELU(Layer):
    """x where it is positive, else ``alpha * (exp(x) - 1)``.

    Source: Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by
    exponential linear units", 2016.

    >>> import numpy as np
    >>> ELU()(np.array([[-100.0, 2.0]])).numpy()
    array([[-1.,  2.]], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The equation above."""
        return activations.elu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "alpha": self.alpha}


class Softmax(Layer):
    """``exp(x)`` over its sum along ``axis``; what the mask leaves out gets 0.

    Args:
        axis: one axis, or several that share one sum.

    Call arguments: ``inputs``, ``mask``: bool, of a shape that broadcasts to the inputs'.

    >>> import numpy as np
    >>> Softmax()(np.zeros((1, 2)), mask=np.array([[True, False]])).numpy()
    array([[1., 0.]], dtype=float32)
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's."""
        return input_shape

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The equation above."""
        if mask is not None:
            _check_mask(self.name, inputs.shape, mask.shape)
            if mask.dtype != "bool":
                mask = ops.greater(mask, 0.5)
            inputs = ops.where(mask, inputs, _MASKED)
        if not isinstance(self.axis, (list, tuple)):
            y = ops.softmax(inputs, axis=self.axis)
        elif len(self.axis) == 1:
            y = ops.softmax(inputs, axis=self.axis[0])
        else:
            y = ops.exp(inputs - ops.logsumexp(inputs, axis=tuple(self.axis), keepdims=True))
        return y if mask is None else ops.where(mask, y, 0.0)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "axis": self.axis}


def _check_mask(name: str, shape: Any, mask: Any) -> None:
    pairs = zip(reversed(mask), reversed(shape), strict=False)
    if len(mask) > len(shape) or any(
        m is not None and n is not None and m not in (1, n) for m, n in pairs
    ):
        raise ValueError(
            message(
                name,
                f"the mask must broadcast to the input's shape {list(shape)}",
                list(mask),
            )
        )
