"""Batch normalization."""

from __future__ import annotations

from typing import Any

from .. import initializers, ops
from ..errors import message
from ..ops.batch_normalization import normalized_batch
from ..symbolic import KerasTensor
from ..utils.serialization import refuse_arguments
from . import stateful
from .input_spec import InputSpec
from .layer import Layer
from .weight_rules import rules_config, set_rules

__all__ = ["BatchNormalization"]


class BatchNormalization(Layer):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta``, per feature over the batch.

    In training mean and variance are those of the batch, of the steps that the mask keeps, and
    ``moving = momentum * moving + (1 - momentum) * batch`` is stored for everything else. A layer
    with ``trainable=False`` uses the stored ones always.

    Args:
        axis: of the features.
        momentum, epsilon: as above.
        center, scale: whether there is a beta, a gamma.
        renorm, renorm_clipping, renorm_momentum, synchronized: for Keras' signature; False alone.

    Weights: ``gamma``, ``beta``, then not trained ``moving_mean``, ``moving_variance``, all [C].
    The mask goes through.

    Raises:
        ValueError: ``synchronized=True``; an axis that the input does not have.

    Source: Ioffe, Szegedy, "Batch normalization", 2015.

    >>> import numpy as np
    >>> x = np.array([[1.0], [3.0]])
    >>> BatchNormalization()(x, training=True).numpy().round(2).ravel()
    array([-1.,  1.], dtype=float32)
    """

    mixes_rows = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if synchronized:
            raise ValueError(
                message("BatchNormalization", "synchronized=True needs several devices", True)
            )
        refuse_arguments("BatchNormalization", renorm=renorm)
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        set_rules(
            self,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.renorm_clipping, self.renorm_momentum = renorm_clipping, renorm_momentum
        self.supports_masking = True
        self.gamma: Any = None
        self.beta: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None

    def build(self, input_shape: Any) -> None:
        """Make gamma, beta and the moving statistics."""
        self.compute_output_shape(input_shape)
        size = input_shape[self.axis]
        if size is None:
            raise ValueError(
                message(self.name, f"axis {self.axis} must be known", tuple(input_shape))
            )
        if self.scale:
            self.gamma = self.add_weight(
                (size,),
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
                name="gamma",
            )
        if self.center:
            self.beta = self.add_weight(
                (size,),
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
                name="beta",
            )
        self.moving_mean, self.moving_variance = (
            self.add_weight((size,), initializer, trainable=False, autocast=False, name=name)
            for name, initializer in (
                ("moving_mean", self.moving_mean_initializer),
                ("moving_variance", self.moving_variance_initializer),
            )
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: size})

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's."""
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ValueError(
                message(self.name, f"axis {self.axis} must be one of the input", input_shape)
            )
        return input_shape

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """The equation above."""
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                message(
                    self.name,
                    "the mask must have one axis less than the input",
                    f"mask {list(mask.shape)}, input {list(inputs.shape)}",
                )
            )
        if not self._mixed:
            return self._normalized(inputs, training, mask)
        # Statistics of bfloat16 would lose what the moving ones gather.
        y = self._normalized(ops.cast(inputs, "float32"), training, mask)
        return ops.cast(y, self.compute_dtype)

    def _normalized(self, inputs: Any, training: Any, mask: Any) -> Any:
        if not training or not self._trainable or isinstance(inputs, KerasTensor):
            return ops.batch_normalization(
                inputs,
                self.moving_mean,
                self.moving_variance,
                self.axis,
                self.beta,
                self.gamma,
                self.epsilon,
            )
        kept = None if mask is None else mask.numpy()[..., None]
        y, mean, variance = normalized_batch(
            inputs, self.gamma, self.beta, self.axis, self.epsilon, kept
        )
        self._follow(self.moving_mean, mean)
        self._follow(self.moving_variance, variance)
        return y

    def _follow(self, moving: Any, batch: Any) -> None:
        """Take the batch's statistic into the moving one, at the end of the step."""
        before = stateful.latest(moving)
        factor = batch._value.dtype.type(self.momentum)
        new = before * factor + batch._value * (1 - factor)
        stateful.keep([moving], [ops.convert_to_tensor(new)])

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            **rules_config(self, "beta", "gamma"),
            "synchronized": False,
            "renorm": False,
            "renorm_clipping": self.renorm_clipping,
            "renorm_momentum": self.renorm_momentum,
        }
