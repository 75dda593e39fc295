"""The recurrent layers. The equations run in one call of the core per sequence."""

from __future__ import annotations

import warnings
from typing import Any

from .. import ops
from ..initializers import Initializer
from .recurrent_base import Recurrent

__all__ = ["GRU", "LSTM", "SimpleRNN"]


class SimpleRNN(Recurrent):
    """Fully connected RNN: ``h_t = activation(x_t W + b + h_{t-1} U)``.

    Args:
        units: H.
        activation: "tanh" (default), "sigmoid", "relu", "linear" or "hard_sigmoid".
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: names or objects.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: what they obey after each step.
        dropout, recurrent_dropout: rates for x and h, in training; one mask per batch.
        return_sequences: all steps [B, T, H] in place of the last one [B, H].
        return_state: the last state too, ``(y, h)``.
        go_backwards: steps from the last to the first (the sequence comes out in that order).
        stateful: start each batch from the last state of the batch before.
        unroll: accepted, the maths are the same.
        seed: of the dropout masks.
        zero_output_for_mask: zeros at masked steps in place of the step before.
        truncate: gradients of the states are cut every so many steps from the start of a sequence
            (masked steps are no steps); None for never.

    Call arguments: ``sequences`` [B, T, I], ``initial_state`` [B, H], ``mask`` [B, T],
    ``training``. Weights: kernel [I, H], recurrent_kernel [H, H], bias [H].

    Source: Elman, "Finding structure in time", 1990.

    >>> import numpy as np
    >>> SimpleRNN(4)(np.zeros((2, 3, 5))).shape
    (2, 4)
    """

    _cell = "simple_rnn"
    gates = 1
    state_count = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        if activity_regularizer is not None:
            # Keras 3.15.1 takes the argument and does nothing with it; here it is at least said.
            warnings.warn(
                "SimpleRNN: activity_regularizer has no effect, as in Keras. Hint: put "
                "ActivityRegularization after the layer.",
                stacklevel=2,
            )
        super().__init__(
            units,
            activation,
            "linear",
            use_bias,
            (kernel_initializer, recurrent_initializer, bias_initializer),
            {
                "kernel_regularizer": kernel_regularizer,
                "recurrent_regularizer": recurrent_regularizer,
                "bias_regularizer": bias_regularizer,
                "kernel_constraint": kernel_constraint,
                "recurrent_constraint": recurrent_constraint,
                "bias_constraint": bias_constraint,
            },
            dropout,
            recurrent_dropout,
            seed,
            {
                "return_sequences": return_sequences,
                "return_state": return_state,
                "go_backwards": go_backwards,
                "stateful": stateful,
                "unroll": unroll,
            },
            **kwargs,
        )


class LSTM(Recurrent):
    """Long short-term memory.

    ``i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of x_t W + h_{t-1} U + b`` (blocks i, f, c, o),
    ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``.

    Args:
        units: H.
        activation: of candidate and output, default "tanh".
        recurrent_activation: of the gates, default "sigmoid".
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: names or objects.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: what they obey after each step.
        unit_forget_bias: the forget gate's bias starts at 1.
        dropout, recurrent_dropout: rates for x and h, in training; one mask per batch, and one
            per gate with recurrent_dropout.
        seed: of the dropout masks.
        return_sequences: all steps [B, T, H] in place of the last one [B, H].
        return_state: the last states too, ``(y, h, c)``.
        go_backwards: steps from the last to the first (the sequence comes out in that order).
        stateful: start each batch from the last states of the batch before.
        unroll, use_cudnn, implementation: accepted, the maths are the same.
        zero_output_for_mask: zeros at masked steps in place of the step before.
        truncate: gradients of the states are cut every so many steps from the start of a sequence
            (masked steps are no steps); None for never.

    Call arguments: ``sequences`` [B, T, I], ``initial_state`` [h, c] each [B, H], ``mask`` [B, T],
    ``training``. Weights: kernel [I, 4H], recurrent_kernel [H, 4H], bias [4H].

    Source: Hochreiter, Schmidhuber, "Long short-term memory", 1997; Gers, Schmidhuber, Cummins,
    "Learning to forget", 2000.

    >>> import numpy as np
    >>> y, h, c = LSTM(4, return_sequences=True, return_state=True)(np.zeros((2, 3, 5)))
    >>> y.shape, h.shape, c.shape
    ((2, 3, 4), (2, 4), (2, 4))
    """

    _cell = "lstm"
    gates = 4
    state_count = 2

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation,
            recurrent_activation,
            use_bias,
            (kernel_initializer, recurrent_initializer, bias_initializer),
            {
                "kernel_regularizer": kernel_regularizer,
                "recurrent_regularizer": recurrent_regularizer,
                "bias_regularizer": bias_regularizer,
                "kernel_constraint": kernel_constraint,
                "recurrent_constraint": recurrent_constraint,
                "bias_constraint": bias_constraint,
            },
            dropout,
            recurrent_dropout,
            seed,
            {
                "return_sequences": return_sequences,
                "return_state": return_state,
                "go_backwards": go_backwards,
                "stateful": stateful,
                "unroll": unroll,
            },
            activity_regularizer=activity_regularizer,
            use_cudnn=use_cudnn,
            **kwargs,
        )
        self.unit_forget_bias = unit_forget_bias

    def bias_values(self) -> Any:
        """Zeros, ones for the forget gate, zeros (as the initializer says)."""
        if not self.unit_forget_bias:
            return self.bias_initializer
        return _ForgetBias(self.bias_initializer, self.units)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "recurrent_activation": _name(self, "recurrent_activation"),
            "unit_forget_bias": self.unit_forget_bias,
            "seed": self.seed,
        }


class GRU(Recurrent):
    """Gated recurrent unit.

    With ``reset_after`` (default), blocks z, r, h, ``u = x_t W + b[0]``, ``v = h_{t-1} U + b[1]``:
    ``z = sigmoid(u_z + v_z)``, ``r = sigmoid(u_r + v_r)``, ``n = tanh(u_h + r * v_h)``,
    ``h_t = z * h_{t-1} + (1 - z) * n``. Without it ``n = tanh(u_h + (r * h_{t-1}) U_h)`` and the
    bias is [3H].

    Args: as ``LSTM``, without ``unit_forget_bias``, with
        reset_after: apply the reset gate after the product with U (as cuDNN) or before.

    Call arguments: ``sequences`` [B, T, I], ``initial_state`` [B, H], ``mask`` [B, T],
    ``training``. Weights: kernel [I, 3H], recurrent_kernel [H, 3H], bias [2, 3H] or [3H].

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.

    >>> import numpy as np
    >>> GRU(4)(np.zeros((2, 3, 5))).shape
    (2, 4)
    """

    _cell = "gru"
    gates = 3
    state_count = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation,
            recurrent_activation,
            use_bias,
            (kernel_initializer, recurrent_initializer, bias_initializer),
            {
                "kernel_regularizer": kernel_regularizer,
                "recurrent_regularizer": recurrent_regularizer,
                "bias_regularizer": bias_regularizer,
                "kernel_constraint": kernel_constraint,
                "recurrent_constraint": recurrent_constraint,
                "bias_constraint": bias_constraint,
            },
            dropout,
            recurrent_dropout,
            seed,
            {
                "return_sequences": return_sequences,
                "return_state": return_state,
                "go_backwards": go_backwards,
                "stateful": stateful,
                "unroll": unroll,
            },
            activity_regularizer=activity_regularizer,
            use_cudnn=use_cudnn,
            **kwargs,
        )
        self.reset_after = reset_after

    def bias_shape(self) -> tuple[int, ...]:
        """[2, 3H], one row for x and one for h; [3H] without ``reset_after``."""
        width = 3 * self.units
        return (2, width) if self.reset_after else (width,)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "recurrent_activation": _name(self, "recurrent_activation"),
            "reset_after": self.reset_after,
            "seed": self.seed,
        }


class _ForgetBias(Initializer):
    """``[bias(H), ones(H), bias(2H)]``: a forget gate that starts open."""

    def __init__(self, bias: Any, units: int) -> None:
        self._bias = bias
        self._units = units

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        units = self._units
        return ops.concatenate(
            [
                self._bias((units,), dtype=dtype),
                ops.ones((units,), dtype=dtype),
                self._bias((2 * units,), dtype=dtype),
            ],
            axis=0,
        )


def _name(layer: Any, attribute: str) -> Any:
    from .. import activations

    return activations.serialize(getattr(layer, attribute))
