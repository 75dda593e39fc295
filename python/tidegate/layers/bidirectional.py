"""Two recurrent layers, one from each end."""

from __future__ import annotations

from typing import Any

from .. import ops, tree
from ..errors import message, not_offered
from ..remat_scope import in_scope
from ..scopes import STATE
from ..symbolic import KerasTensor
from ..utils.custom_objects import classes_within, custom_object_scope
from ..utils.naming import to_snake_case
from . import stateful
from .input_spec import InputSpec
from .layer import Layer
from .recurrent_base import Recurrent

__all__ = ["Bidirectional"]

_MERGE_MODES = ("concat", "sum", "mul", "ave", None)


class Bidirectional(Layer):
    """Runs a recurrent layer from the first step on and another from the last, and merges.

    Where both directions are LSTM, GRU or SimpleRNN of one configuration, as they are without
    ``backward_layer``, they are one call of the core; otherwise two layers are called. ``explain``
    says which.

    Args:
        layer: the forward layer, made anew from its configuration; LSTM, GRU, SimpleRNN, RNN, or
            any layer with ``go_backwards``, ``return_sequences``, ``return_state``, ``stateful``.
        merge_mode: "concat" (default), "sum", "mul", "ave", or None for a tuple of the two.
        backward_layer: default a copy of ``layer`` that goes backwards.

    Call arguments: ``sequences`` [B, T, I], ``initial_state`` (first half forward, second half
    backward), ``mask`` [B, T], ``training``. Output [B, 2H] or [B, T, 2H] for "concat"; with
    ``return_state`` then the states forward and backward. With ``return_sequences`` masked steps
    give zeros. Weights: the forward layer's, then the backward layer's.

    Raises:
        ValueError: an unknown merge_mode, something that is no layer, layers that do not differ
            in go_backwards or do not agree in return_sequences, return_state, stateful.
        TypeError: a layer that is not recurrent.

    Source: Schuster, Paliwal, "Bidirectional recurrent neural networks", 1997.

    >>> import numpy as np
    >>> from tidegate.layers import LSTM
    >>> Bidirectional(LSTM(4))(np.zeros((2, 3, 5))).shape
    (2, 8)
    """

    takes_mask_record = True

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        for name, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and (given is not None or name == "layer"):
                raise ValueError(
                    message("Bidirectional", f"{name} must be a Layer", f"{type(given).__name__}")
                )
        if merge_mode not in _MERGE_MODES:
            raise ValueError(
                message("Bidirectional", f"merge_mode must be one of {_MERGE_MODES}", merge_mode)
            )
        if not hasattr(layer, "go_backwards"):
            raise TypeError(
                message("Bidirectional", "layer must be recurrent", type(layer).__name__)
            )
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        self.forward_layer = _copy(layer, "forward_", layer.go_backwards)
        self.backward_layer = backward_layer or _copy(layer, "backward_", True)
        _check_pair(self.forward_layer, self.backward_layer)
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = layer.return_sequences
        inherited = getattr(layer, "remat_scope", None)
        self.remat_scope = STATE.remats[-1] if STATE.remats else inherited
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.stateful = layer.stateful
        self._fused = _same_cell(self.forward_layer, self.backward_layer)
        self.input_spec = InputSpec(ndim=3) if isinstance(layer, Recurrent) else None
        self.supports_masking = True
        if layer.activity_regularizer is not None:
            raise not_offered(
                "Bidirectional",
                "a layer with activity_regularizer",
                "ActivityRegularization after the layer",
            )
        if weights is not None:
            raise not_offered("Bidirectional", "weights=", "set_weights after build")

    @property
    def states(self) -> list[Any] | None:
        """The kept states of stateful layers, forward then backward."""
        if not self.stateful:
            return None
        return [*self.forward_layer.own_states(), *self.backward_layer.own_states()]

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Build both directions."""
        for one in (self.forward_layer, self.backward_layer):
            if not one.built:
                one.build(sequences_shape)
        if self._fused:
            self.input_spec = InputSpec(ndim=3, axes={2: sequences_shape[-1]})

    def reset_state(self) -> None:
        """Set the kept states of both directions to zero.

        Raises:
            AttributeError: the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError(message(self.name, "the layer must be stateful"))
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None
    ) -> Any:
        """Run both directions over the steps, then merge."""
        if not self._fused:
            return self._call_both(sequences, initial_state, mask, training)
        forward, backward = self.forward_layer, self.backward_layer
        with stateful.exclusive_use([forward, backward] if self.stateful else []):
            other = forward._compute != self._compute
            if other:
                sequences = ops.cast(sequences, forward._compute)
            run = self._run
            if STATE.remats or self.remat_scope is not None:
                run = in_scope(self, self.remat_scope, run)
            result = run(sequences, initial_state, mask, training)
            y, states = (result[0], list(result[1:])) if isinstance(result, tuple) else (result, [])
            if other:
                y, *states = [ops.cast(part, self._compute) for part in (y, *states)]
            if self.stateful and not isinstance(y, KerasTensor):
                stateful.keep(self.states or [], states)
        if self.merge_mode == "concat":
            return (y, *states) if self.return_state else y
        return self._merged(*_halves(y), states if self.return_state else [])

    def _call_both(self, x: Any, initial_state: Any, mask: Any, training: Any) -> Any:
        """The general way: each direction is a layer of its own."""
        given: list[Any] = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            given = [initial_state[:half], initial_state[half:]]
        results = []
        for layer, state in zip((self.forward_layer, self.backward_layer), given, strict=True):
            signature = layer.signature()
            kwargs: dict[str, Any] = {} if state is None else {"initial_state": state}
            if signature.has_training:
                kwargs["training"] = training
            if signature.has_mask and mask is not None:
                kwargs["mask"] = mask
            results.append(layer(x, **kwargs))
        states: list[Any] = []
        if self.return_state:
            states = [state for result in results for state in result[1:]]
            results = [result[0] for result in results]
        forward, backward = results
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)
        return self._merged(forward, backward, states)

    def _run(self, inputs: Any, initial_state: Any, mask: Any, training: Any) -> Any:
        forward, backward = self.forward_layer, self.backward_layer
        drops = [layer.dropout_masks(inputs, training) for layer in (forward, backward)]
        options: dict[str, Any] = {}
        for name, masks in zip(("x_dropout", "h_dropout"), zip(*drops, strict=True), strict=True):
            if any(mask is not None for mask in masks):
                options[name] = masks
        if hasattr(forward, "reset_after"):
            options["reset_after"] = forward.reset_after
        return ops.bidirectional(
            to_snake_case(type(forward).__name__),
            inputs,
            (forward.kernel, forward.recurrent_kernel, forward.bias),
            (backward.kernel, backward.recurrent_kernel, backward.bias),
            initial_state=self._initial_states(initial_state, inputs.shape[0]),
            mask=mask,
            activation=forward._activation,
            recurrent_activation=forward._recurrent_activation,
            return_sequences=self.return_sequences,
            return_state=self.return_state or self.stateful,
            zero_output_for_mask=self.return_sequences,
            truncate=forward.truncate,
            **options,
        )

    def _initial_states(self, initial_state: Any, batch: int | None) -> list[Any] | None:
        if initial_state is None:
            if not self.stateful:
                return None
            forward = self.forward_layer.initial_states(None, batch)
            return [*(forward or []), *(self.backward_layer.initial_states(None, batch) or [])]
        states = tree.flatten(initial_state)
        wanted = 2 * self.forward_layer.state_count
        if len(states) != wanted:
            raise ValueError(
                message(
                    self.name,
                    f"initial_state must have {wanted} tensors, forward then backward",
                    len(states),
                )
            )
        return states

    def _merged(self, forward: Any, backward: Any, states: list[Any]) -> Any:
        if self.merge_mode is None:
            return (forward, backward, *states)
        if self.merge_mode == "concat":
            y = ops.concatenate([forward, backward], axis=-1)
        elif self.merge_mode == "mul":
            y = ops.multiply(forward, backward)
        else:
            y = ops.add(forward, backward)
            y = y if self.merge_mode == "sum" else ops.multiply(y, 0.5)
        return (y, *states) if states else y

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The input's mask where the output is a sequence; states have none."""
        own = tree.flatten(mask)[0]
        out = own if self.return_sequences else None
        outputs = [out, out] if self.merge_mode is None else [out]
        if self.return_state:
            return [*outputs, *[None] * (2 * _state_count(self.forward_layer))]
        return outputs if self.merge_mode is None else out

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize(self.forward_layer),
            "backward_layer": serialize(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Bidirectional:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        config = dict(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = deserialize(config[name], custom_objects)
        return cls(**config)


def _halves(y: Any) -> tuple[Any, Any]:
    half = y.shape[-1] // 2
    return y[..., :half], y[..., half:]


def _state_count(layer: Any) -> int:
    size = layer.state_size
    return len(size) if isinstance(size, (list, tuple)) else 1


def _copy(layer: Layer, prefix: str, go_backwards: bool) -> Any:
    config = {
        **layer.get_config(),
        "name": prefix + layer.name.removeprefix(prefix),
        "go_backwards": go_backwards,
    }
    with custom_object_scope(classes_within(layer)):
        copy = type(layer).from_config(config)
    copy.auto_base = None if layer.auto_base is None else prefix + layer.auto_base
    return copy


def _check_pair(forward: Any, backward: Any) -> None:
    if forward.go_backwards == backward.go_backwards:
        raise ValueError(
            message(
                "Bidirectional",
                "forward and backward layer must differ in go_backwards",
                f"go_backwards={forward.go_backwards} in both",
                "leave it out: the backward layer is made from the forward one",
            )
        )
    for name in ("stateful", "return_sequences", "return_state"):
        pair = getattr(forward, name), getattr(backward, name)
        if pair[0] != pair[1]:
            raise ValueError(
                message(
                    "Bidirectional",
                    f"forward and backward layer must agree in {name}",
                    f"{pair[0]} and {pair[1]}",
                )
            )


_EQUAL = (
    "units",
    "activation",
    "recurrent_activation",
    "use_bias",
    "reset_after",
    "truncate",
    "dtype",
    "compute_dtype",
)


def _same_cell(forward: Any, backward: Any) -> bool:
    """Whether one call of the core does both."""
    return (
        isinstance(forward, Recurrent)
        and type(forward) is type(backward)
        and not forward.go_backwards
        and all(getattr(forward, name, 0) == getattr(backward, name, 0) for name in _EQUAL)
    )
