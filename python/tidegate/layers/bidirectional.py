"""Two recurrent layers, one from each end."""

from __future__ import annotations

from typing import Any

from .. import ops, tree
from ..errors import message, not_offered
from ..remat_scope import in_scope
from ..scopes import STATE
from ..symbolic import KerasTensor
from ..utils.naming import to_snake_case
from ..utils.serialization import refuse_arguments
from . import stateful
from .input_spec import InputSpec
from .layer import Layer
from .recurrent_base import Recurrent

__all__ = ["Bidirectional"]

_MERGE_MODES = ("concat", "sum", "mul", "ave", None)


class Bidirectional(Layer):
    """Runs a recurrent layer from the first step on and a copy of it from the last, and merges.

    Both directions are one call of the core.

    Args:
        layer: a SimpleRNN, LSTM or GRU; both directions are made anew from its configuration.
        merge_mode: "concat" (default), "sum", "mul", "ave", or None for a tuple of the two.
        backward_layer: not offered yet.

    Call arguments: ``inputs`` [B, T, I], ``initial_state`` (first half forward, second half
    backward), ``mask`` [B, T], ``training``. Output [B, 2H] or [B, T, 2H] for "concat"; with
    ``return_state`` then the states forward and backward. With ``return_sequences`` masked steps
    give zeros. Weights: the forward layer's, then the backward layer's.

    Raises:
        ValueError: an unknown merge_mode, a layer that is not recurrent.

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
        if not isinstance(layer, Layer):
            raise ValueError(
                message("Bidirectional", "layer must be a Layer", f"{type(layer).__name__}")
            )
        if not isinstance(layer, Recurrent):
            raise not_offered(
                "Bidirectional", f"a {type(layer).__name__} inside", "SimpleRNN, LSTM or GRU"
            )
        refuse_arguments("Bidirectional", backward_layer=backward_layer)
        if merge_mode not in _MERGE_MODES:
            raise ValueError(
                message("Bidirectional", f"merge_mode must be one of {_MERGE_MODES}", merge_mode)
            )
        kwargs.setdefault("dtype", layer.dtype)
        super().__init__(**kwargs)
        self.merge_mode = merge_mode
        if layer.go_backwards:
            raise ValueError(
                message(
                    "Bidirectional",
                    "forward and backward layer must differ in go_backwards",
                    "a layer with go_backwards=True",
                    "leave it out: the backward layer is made from the forward one",
                )
            )
        self.forward_layer = _copy(layer, "forward_", False)
        self.backward_layer = _copy(layer, "backward_", True)
        self.remat_scope = STATE.remats[-1] if STATE.remats else layer.remat_scope
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.stateful = layer.stateful
        self.input_spec = InputSpec(ndim=3)
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

    def build(self, input_shape: Any) -> None:
        """Build both directions."""
        self.forward_layer.build(input_shape)
        self.backward_layer.build(input_shape)
        self.input_spec = InputSpec(ndim=3, axes={2: input_shape[-1]})

    def reset_state(self) -> None:
        """Set the kept states of both directions to zero."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def call(
        self, inputs: Any, initial_state: Any = None, mask: Any = None, training: Any = None
    ) -> Any:
        """Run both directions over the steps, then merge."""
        forward, backward = self.forward_layer, self.backward_layer
        with stateful.exclusive_use([forward, backward] if self.stateful else []):
            run = self._run
            if STATE.remats or self.remat_scope is not None:
                run = in_scope(self, self.remat_scope, run)
            result = run(inputs, initial_state, mask, training)
            y, states = (result[0], list(result[1:])) if isinstance(result, tuple) else (result, [])
            if self.stateful and not isinstance(y, KerasTensor):
                stateful.keep(self.states or [], states)
        merged = self._merge(y)
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

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

    def _merge(self, y: Any) -> Any:
        if self.merge_mode == "concat":
            return y
        forward, backward = _halves(y)
        if self.merge_mode is None:
            return (forward, backward)
        if self.merge_mode == "mul":
            return ops.multiply(forward, backward)
        total = ops.add(forward, backward)
        return total if self.merge_mode == "sum" else ops.multiply(total, 0.5)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The input's mask where the output is a sequence; states have none."""
        mask = tree.flatten(previous_mask)[0]
        out = mask if self.return_sequences else None
        outputs = [out, out] if self.merge_mode is None else [out]
        if self.return_state:
            return [*outputs, *[None] * (2 * self.forward_layer.state_count)]
        return outputs if self.merge_mode is None else out

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        from .registry import serialize

        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize(self.forward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Bidirectional:
        """The inverse of ``get_config``."""
        from .registry import deserialize

        config = dict(config)
        layer = deserialize(config.pop("layer"))
        # Keras writes the forward layer under its new name.
        layer.name = layer.name.removeprefix("forward_")
        return cls(layer, **config)


def _halves(y: Any) -> tuple[Any, Any]:
    half = y.shape[-1] // 2
    return y[..., :half], y[..., half:]


def _copy(layer: Recurrent, prefix: str, go_backwards: bool) -> Any:
    config = {
        **layer.get_config(),
        "name": prefix + layer.name,
        "go_backwards": go_backwards,
        "zero_output_for_mask": layer.return_sequences,
    }
    copy = type(layer).from_config(config)
    copy.auto_base = None if layer.auto_base is None else prefix + layer.auto_base
    return copy
