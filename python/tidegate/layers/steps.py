"""Steps added, cut off or repeated: [B, T, F] -> [B, T', F]. They drop the mask, as Keras' do."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..errors import message
from .input_spec import InputSpec
from .layer import Layer
from .sizes import channels_first, tuple_of

__all__ = ["Cropping1D", "UpSampling1D", "ZeroPadding1D"]


class ZeroPadding1D(Layer):
    """Puts steps of zeros before and after a sequence.

    Args:
        padding: number of steps, or (before, after).
        data_format: "channels_last" (default) or "channels_first" for [B, F, T].

    >>> import numpy as np
    >>> ZeroPadding1D((1, 2))(np.ones((1, 1, 1))).numpy().ravel()
    array([0., 1., 0., 0.], dtype=float32)
    """

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format, self._channels_first = channels_first("ZeroPadding1D", data_format)
        self.padding = tuple_of("ZeroPadding1D", "padding", padding, 2, zero=True)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """Pad with zeros."""
        nothing = (0, 0)
        around = (
            (nothing, nothing, self.padding)
            if self._channels_first
            else (nothing, self.padding, nothing)
        )
        return ops.pad(inputs, around)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "padding": self.padding,
            "data_format": self.data_format,
        }


class Cropping1D(Layer):
    """Cuts steps off at both ends.

    Args:
        cropping: number of steps, or (before, after).

    Raises:
        ValueError: no step would be left.

    >>> import numpy as np
    >>> Cropping1D((1, 0))(np.ones((1, 3, 2))).shape
    (1, 2, 2)
    """

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cropping = tuple_of("Cropping1D", "cropping", cropping, 2, zero=True)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """Cut off."""
        before, after = self.cropping
        steps = inputs.shape[1]
        if steps is not None and before + after >= steps:
            raise ValueError(
                message(self.name, f"a step must be left of {steps}", f"cropping {self.cropping}")
            )
        return inputs[:, before : -after if after else None]

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "cropping": self.cropping}


class UpSampling1D(Layer):
    """Repeats each step ``size`` times.

    Raises:
        TypeError: size is no int.
        ValueError: size is not positive.

    >>> import numpy as np
    >>> UpSampling1D(2)(np.array([[[1.0], [2.0]]])).numpy().ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """

    def __init__(self, size: Any = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(message("UpSampling1D", "size must be an int", type(size).__name__))
        if size <= 0:
            raise ValueError(message("UpSampling1D", "size must be positive", size))
        self.size = size
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """Repeat."""
        return ops.repeat(inputs, self.size, axis=1)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "size": self.size}
