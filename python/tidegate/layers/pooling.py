"""Windows of steps, or all steps, to one value per feature."""

from __future__ import annotations

from typing import Any

from .. import ops
from .input_spec import InputSpec
from .layer import Layer
from .sizes import channels_first, tuple_of

__all__ = [
    "AveragePooling1D",
    "AvgPool1D",
    "GlobalAveragePooling1D",
    "GlobalAvgPool1D",
    "GlobalMaxPool1D",
    "GlobalMaxPooling1D",
    "MaxPool1D",
    "MaxPooling1D",
]


class _Pooling(Layer):
    """Windows of ``pool_size`` steps at ``strides``."""

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        kwargs: dict[str, Any],
    ) -> None:
        super().__init__(**kwargs)
        owner = type(self).__name__
        self.pool_size = tuple_of(owner, "pool_size", pool_size, 1)
        given = pool_size if strides is None else strides
        self.strides = tuple_of(owner, "strides", given, 1, zero=True)
        self.padding = padding
        self.data_format, _ = channels_first(owner, data_format)
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with the number of windows for the steps."""
        from ..ops.window import conv_length

        at = 2 if self.data_format == "channels_first" else 1
        shape = list(input_shape)
        shape[at] = conv_length(
            self.name, shape[at], self.pool_size[0], self.strides[0], self.padding
        )
        return tuple(shape)

    def _pool(self, function: Any, inputs: Any) -> Any:
        return function(
            inputs, self.pool_size, self.strides, self.padding, data_format=self.data_format
        )

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }


class MaxPooling1D(_Pooling):
    """The largest value of each window of steps: [B, T, F] -> [B, T', F].

    Args:
        pool_size: steps of a window.
        strides: steps between windows, default ``pool_size``.
        padding: "valid", or "same": ceil(T / strides) windows, what is outside never wins.
        data_format: "channels_last" (default) or "channels_first" for [B, F, T].

    The mask is dropped, as in Keras.

    >>> import numpy as np
    >>> MaxPooling1D(2)(np.array([[[1.0], [3.0], [2.0]]])).numpy().ravel()
    array([3.], dtype=float32)
    """

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, {"name": name, **kwargs})

    def call(self, inputs: Any) -> Any:
        """The largest."""
        return self._pool(ops.max_pool, inputs)


class AveragePooling1D(_Pooling):
    """The mean of each window of steps: [B, T, F] -> [B, T', F].

    Args: as ``MaxPooling1D``, ``pool_size`` without a default; with "same" what is outside does
        not count.

    >>> import numpy as np
    >>> AveragePooling1D(2)(np.array([[[1.0], [3.0], [2.0]]])).numpy().ravel()
    array([2.], dtype=float32)
    """

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, {"name": name, **kwargs})

    def call(self, inputs: Any) -> Any:
        """The mean."""
        return self._pool(ops.average_pool, inputs)


class _GlobalPooling(Layer):
    """All steps to one; ``keepdims`` keeps an axis of length 1 for them."""

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format, first = channels_first(type(self).__name__, data_format)
        self._steps = 2 if first else 1
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "data_format": self.data_format,
            "keepdims": self.keepdims,
        }


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean over the steps that the mask keeps: [B, T, F] -> [B, F].

    Args:
        data_format: "channels_last" (default) or "channels_first" for [B, F, T].
        keepdims: [B, 1, F] in place of [B, F].

    A row without any kept step gives NaN, as in Keras.

    >>> import numpy as np
    >>> GlobalAveragePooling1D()(np.array([[[1.0], [3.0]]])).numpy()
    array([[2.]], dtype=float32)
    """

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """The mean."""
        if mask is None:
            return ops.mean(inputs, axis=self._steps, keepdims=self.keepdims)
        kept = ops.cast(ops.expand_dims(mask, axis=3 - self._steps), "bool")
        total = ops.sum(ops.where(kept, inputs, 0.0), axis=self._steps, keepdims=self.keepdims)
        count = ops.sum(ops.cast(kept, inputs.dtype), axis=self._steps, keepdims=self.keepdims)
        return total / count

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """There are no steps left to mask."""
        return


class GlobalMaxPooling1D(_GlobalPooling):
    """The largest value over all steps, masked ones too: [B, T, F] -> [B, F].

    Args: as ``GlobalAveragePooling1D``.

    >>> import numpy as np
    >>> GlobalMaxPooling1D()(np.array([[[1.0], [3.0]]])).numpy()
    array([[3.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        """The largest."""
        return ops.max(inputs, axis=self._steps, keepdims=self.keepdims)


MaxPool1D = MaxPooling1D
AvgPool1D = AveragePooling1D
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D
