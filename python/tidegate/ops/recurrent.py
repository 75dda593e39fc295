"""The recurrent operations: one call of the kernels for the whole sequence, and one back.

Weights that are Variables are packed once per version; see `_packed`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from tidegate.autodiff import Context, open_context, record
from tidegate.bfloat16 import BFloat16Tensor
from tidegate.devices import kernels
from tidegate.dtypes import BFLOAT16, name_of
from tidegate.errors import message
from tidegate.mask import Mask
from tidegate.ops import narrow
from tidegate.ops.layout import compact
from tidegate.ops.op import Array, Op, Spec
from tidegate.ops.product import KERNEL_ACTIVATIONS
from tidegate.remat_scope import mode_of_call
from tidegate.scopes import STATE
from tidegate.tensor import KerasTensor, Tensor, Variable, as_array

GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1}
STATES = {"lstm": 2, "gru": 1, "simple_rnn": 1}

Weights = tuple[Any, Any, Any]  # kernel, recurrent_kernel, bias or None


def _packed(
    cell: str,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    reset_after: bool,
    products: str,
) -> Any:
    """The packed weights of one direction, for products in float32 or in bfloat16.

    They are kept on the kernel Variable with the versions that they were made from, and put there
    as one tuple: another thread sees the old pack or the new one, never a half of it.
    """
    variables = type(kernel) is Variable and type(recurrent_kernel) is Variable
    if not variables or (bias is not None and type(bias) is not Variable):
        arrays = [
            None if w is None else compact(as_array(w)) for w in (kernel, recurrent_kernel, bias)
        ]
        return _pack_now(cell, arrays, reset_after, products)
    versions: tuple[Any, ...] = (
        kernel.version,
        recurrent_kernel._key,
        recurrent_kernel.version,
        reset_after,
    )
    arrays = [kernel._value, recurrent_kernel._value, None]
    if bias is not None:
        versions = (*versions, bias._key, bias.version)
        arrays[2] = bias._value
    name = cell if products == "float32" else f"{cell} {products}"
    entry = kernel.packs.get(name)
    if entry is not None and entry[0] == versions:
        return entry[1]
    pack = _pack_now(cell, arrays, reset_after, products)
    kernel.packs[name] = (versions, pack)
    return pack


def _pack_now(cell: str, arrays: list[Array | None], reset_after: bool, products: str) -> Any:
    # float64 weights keep products of their own, and so refuse x.
    narrow = products == BFLOAT16 and arrays[0] is not None and arrays[0].dtype == np.float32
    try:
        return kernels().RecurrentWeights(cell, *arrays, reset_after, BFLOAT16 if narrow else "")
    except (TypeError, ValueError):
        _check_weights(cell, arrays, reset_after)
        raise


def _check_weights(cell: str, arrays: list[Array | None], reset_after: bool) -> None:
    """The shapes against each other, in the letters of the cell's own documentation."""
    kernel, recurrent_kernel, bias = arrays
    assert kernel is not None
    assert recurrent_kernel is not None
    gates = GATES[cell]
    letter = "H" if gates == 1 else f"{gates}H"
    units = recurrent_kernel.shape[0] if recurrent_kernel.ndim else 0
    wide = gates * units
    checks: list[tuple[str, Array, str, tuple[int, ...]]] = [
        ("recurrent_kernel", recurrent_kernel, f"[H, {letter}]", (units, wide)),
        ("kernel", kernel, f"[I, {letter}]", (kernel.shape[0] if kernel.ndim else 0, wide)),
    ]
    if bias is not None and cell == "gru" and reset_after:
        checks.append(("bias", bias, "[2, 3H] with reset_after=True", (2, wide)))
    elif bias is not None:
        checks.append(("bias", bias, f"[{letter}]", (wide,)))
    for name, array, rule, wanted in checks:
        if array.shape != wanted:
            raise ValueError(
                message(
                    cell,
                    f"{name} must be {rule} = {list(wanted)}",
                    list(array.shape),
                    f"the first axis of recurrent_kernel is the number of units, {units}",
                )
            )


def _taught(cell: str, error: Exception, x: Array, packs: tuple[Any, ...]) -> Exception:
    """The kernels' error in the words of the operation that was called."""
    width = packs[0].input_dim
    if x.ndim != 3 or x.shape[2] != width:
        return ValueError(
            message(
                cell,
                f"x must be [B, T, I] with I = {width}",
                list(x.shape),
                "a batch of sequences has three axes: rows, steps, features",
            )
        )
    if name_of(x.dtype) != packs[0].dtype:
        dtype = packs[0].dtype
        return TypeError(
            message(
                cell,
                f"x must have the dtype of the weights, {dtype}",
                x.dtype,
                f'ops.cast(x, "{dtype}"), or call the layer, which converts arrays',
            )
        )
    return type(error)(re.sub(r"^\[\w+\]", f"[{cell}]", str(error)))


def _no_kernel(cell: str, activation: str, recurrent_activation: str) -> ValueError:
    return ValueError(
        message(
            cell,
            f"activations must be among {', '.join(KERNEL_ACTIVATIONS)}",
            f"activation={activation!r}, recurrent_activation={recurrent_activation!r}",
            "the time loop computes these in registers; other functions are not offered there",
        )
    )


def _mask_argument(
    mask: Any, rows_and_steps: tuple[int, ...]
) -> tuple[str, Array, Array, Array] | None:
    """What the kernels take of a mask, and check; nothing if every step of x counts."""
    if type(mask) is not Mask:
        mask = Mask(as_array(mask))
    kind = mask.kind
    if kind == "full" and mask.values.shape == rows_and_steps:
        return None
    return (kind, mask.values, mask.lengths, mask.order)


def _dropout_argument(masks: tuple[Any, ...] | None) -> tuple[Array | None, ...] | None:
    """Dropout masks as [1 or G, B, width] for each direction."""
    if masks is None or all(mask is None for mask in masks):
        return None
    result: list[Array | None] = []
    for mask in masks:
        array = None if mask is None else compact(as_array(mask))
        result.append(array[None] if array is not None and array.ndim == 2 else array)
    return tuple(result)


class _Recurrent(Op):
    """Arguments: x, then for each direction kernel, recurrent_kernel, bias and its states.

    Outputs: y, and with `return_state` the states of each direction.
    """

    compiled = True

    def __init__(self, cell: str) -> None:
        self.name = cell
        self._states = STATES[cell]
        self._width = 3 + self._states
        self.no_states = (None,) * self._states

    def __reduce__(self) -> Any:
        return _Recurrent, (self.name,)

    def __call__(self, *args: Any, **attrs: Any) -> Any:
        return self.dispatch(args, attrs)

    def dispatch(self, args: Sequence[Any], attrs: dict[str, Any]) -> Any:
        """`Op.__call__` without its conversions: the weights are read only to be packed."""
        activation, recurrent_activation = attrs["activation"], attrs["recurrent_activation"]
        if activation not in KERNEL_ACTIVATIONS or recurrent_activation not in KERNEL_ACTIVATIONS:
            raise _no_kernel(self.name, activation, recurrent_activation)
        if attrs["truncate"] is not None:
            check_truncate(self.name, attrs["truncate"])
        for arg in args:
            if type(arg) is KerasTensor:
                return self.symbolic(tuple(args), attrs)
        if type(attrs["mask"]) is KerasTensor:
            return self.symbolic(tuple(args), attrs)
        if type(args[0]) is BFloat16Tensor:
            return narrow.call(self, tuple(args), attrs)
        tapes, context = open_context(args) if STATE.tapes else ((), None)
        y, ends = self.run(context, args, attrs)
        if not attrs["return_state"]:
            output = Tensor(y)
            if context is not None:
                record(tapes, self, context, (output,))
            return output
        outputs = tuple([Tensor(part) for part in (y, *[state for end in ends for state in end])])
        if context is not None:
            record(tapes, self, context, outputs)
        return outputs

    def compute(
        self, ctx: Context | None, args: tuple[Any, ...], specs: list[Any], attrs: dict[str, Any]
    ) -> Any:
        y, ends = self.run(ctx, args, attrs, BFLOAT16)
        return (y, *[state for end in ends for state in end]) if attrs["return_state"] else y

    def run(
        self,
        ctx: Context | None,
        args: Sequence[Any],
        attrs: dict[str, Any],
        products: str = "float32",
    ) -> tuple[Array, tuple[tuple[Array, ...], ...]]:
        """The forward pass: y and the states of each direction; saves what the kernels saved."""
        x = args[0]
        x = compact(x._value if type(x) is Tensor else as_array(x))
        packs = self._packs(args, attrs["reset_after"], products)
        states = None
        starts = range(4, len(args), self._width)
        for i in starts:
            if args[i] is not None:
                states = self._state_arrays([args[j : j + self._states] for j in starts])
        mask = None if attrs["mask"] is None else _mask_argument(attrs["mask"], x.shape[:2])
        mode, tell = None, None
        if ctx is not None and STATE.remats:
            mode, tell = mode_of_call(self.name, packs, x.shape, mask)
        # In the order of the kernel's parameters: names cost more than the call of a small one.
        settings = (
            states,
            mask,
            attrs["go_backwards"],
            attrs["activation"],
            attrs["recurrent_activation"],
            attrs["return_sequences"],
            attrs["time_order"],
            attrs["zero_output_for_mask"],
            ctx is not None,
            attrs["return_state"],
            _dropout_argument(attrs["x_dropout"]),
            _dropout_argument(attrs["h_dropout"]),
            mode,
            0 if ctx is None else attrs["truncate"] or 0,
        )
        try:
            y, ends, saved = kernels().recurrent_forward(x, packs, *settings)
        except (TypeError, ValueError) as error:
            raise _taught(self.name, error, x, packs) from error
        if ctx is not None:
            # A second vjp needs a second forward: the kernels' backward uses up what they saved.
            again = (x, packs, settings) if ctx.reusable else None
            ctx.saved = [saved, again]
            if tell is not None:
                tell(saved)
            if STATE.trace is not None:
                ctx.note = {
                    "directions": len(packs),
                    "products": products,
                    "mask": settings[1][0] if settings[1] else None,
                    "packed_bytes": sum(pack.nbytes for pack in packs),
                    "saved": saved,
                }
        return y, ends

    def _packs(self, args: Sequence[Any], reset_after: bool, products: str) -> tuple[Any, ...]:
        """The packed weights of each direction."""
        first = _packed(self.name, args[1], args[2], args[3], reset_after, products)
        at = 1 + self._width
        if len(args) == at:
            return (first,)
        kernel, recurrent_kernel, bias = args[at : at + 3]
        second = _packed(self.name, kernel, recurrent_kernel, bias, reset_after, products)
        return first, second

    @staticmethod
    def _state_arrays(states: list[Any]) -> tuple[Any, ...]:
        return tuple(
            [
                None if state[0] is None else tuple([compact(as_array(s)) for s in state])
                for state in states
            ]
        )

    def vjp(self, ctx: Context, *dys: Array | None) -> tuple[Array | None, ...]:  # type: ignore[override]
        saved, again = ctx.saved
        if again is not None:
            if saved is None:
                x, packs, settings = again
                saved = kernels().recurrent_forward(x, packs, *settings)[2]
            ctx.saved[0] = None
        dy = None if dys[0] is None else compact(dys[0])
        needs = ctx.needs
        width = self._width
        states = True in needs[4 : 1 + width] or True in needs[4 + width :]
        dx, weight_grads, state_grads = kernels().recurrent_backward(
            saved,
            dy,
            self._state_gradients(dys[1:]) if len(dys) > 1 else None,
            needs[0],
            states,
        )
        result: list[Array | None] = [dx]
        for gradients, own in zip(weight_grads, state_grads, strict=True):
            result.extend(gradients)
            result.extend(own or self.no_states)
        return tuple(result)

    def _state_gradients(self, dys: tuple[Array | None, ...]) -> tuple[Any, ...] | None:
        """The gradients of the states, by direction; zeros beside one that is there."""
        if all(dy is None for dy in dys):
            return None
        result: list[Any] = []
        for start in range(0, len(dys), self._states):
            own = dys[start : start + self._states]
            if all(dy is None for dy in own):
                result.append(None)
                continue
            given = next(dy for dy in own if dy is not None)
            result.append(
                tuple([np.zeros_like(given) if dy is None else compact(dy) for dy in own])
            )
        return tuple(result)

    def shape(self, x: Spec, *rest: Spec | None, **attrs: Any) -> Any:  # type: ignore[override]
        kernel, recurrent_kernel = rest[0], rest[1]
        assert kernel is not None
        assert recurrent_kernel is not None
        if len(x.shape) != 3 or x.shape[2] not in (None, kernel.shape[0]):
            raise ValueError(
                message(
                    self.name,
                    f"x must be [B, T, I] with I = {kernel.shape[0]}",
                    list(x.shape),
                )
            )
        units = recurrent_kernel.shape[0]
        directions = len(rest) // self._width
        width = None if units is None else units * directions
        lead = x.shape[:2] if attrs["return_sequences"] else x.shape[:1]
        y = Spec((*lead, width), x.dtype)
        if not attrs["return_state"]:
            return y
        state = Spec((x.shape[0], units), x.dtype)
        return (y, *[state] * (directions * self._states))


_OPS = {cell: _Recurrent(cell) for cell in GATES}


def _states_of(cell: str, initial_state: Any, directions: int = 1) -> list[Any]:
    """The initial states as a flat list, None for zeros."""
    count = STATES[cell] * directions
    if initial_state is None:
        return [None] * count
    one = isinstance(initial_state, (Tensor, KerasTensor, Variable, np.ndarray))
    states = [initial_state] if one else list(initial_state)
    if len(states) != count:
        names = "h, c" if cell == "lstm" else "h"
        raise ValueError(
            message(
                cell,
                f"initial_state must be [{names}]"
                + (", forward then backward" if directions == 2 else "")
                + ", each [B, H]",
                f"{len(states)} tensors",
            )
        )
    return states


def check_truncate(owner: str, truncate: Any) -> None:
    """Raise ValueError unless it is None or a positive int."""
    if truncate is None or (type(truncate) is int and truncate > 0):
        return
    raise ValueError(
        message(
            owner,
            "truncate must be a positive number of steps, or None",
            repr(truncate),
            "truncate=100 lets gradients go back at most 100 steps",
        )
    )


def run_cell(
    cell: str,
    x: Any,
    weights: Weights,
    initial_state: Any,
    mask: Any,
    activations: tuple[str, str],
    flags: tuple[bool, bool, bool, bool],
    dropout: tuple[Any, Any],
    reset_after: bool = True,
    truncate: int | None = None,
) -> Any:
    """One direction, as `lstm`, `gru`, `simple_rnn` and the layers call it.

    Args:
        activations: activation, recurrent_activation
        flags: return_sequences, return_state, go_backwards, zero_output_for_mask
        dropout: x_dropout, h_dropout
        others: as in the functions below
    """
    op = _OPS[cell]
    states = op.no_states if initial_state is None else _states_of(cell, initial_state)
    x_dropout, h_dropout = dropout
    attrs = {
        "activation": activations[0],
        "recurrent_activation": activations[1],
        "mask": mask,
        "return_sequences": flags[0],
        "return_state": flags[1],
        "go_backwards": (flags[2],),
        "time_order": False,
        "zero_output_for_mask": flags[3],
        "reset_after": reset_after,
        "x_dropout": None if x_dropout is None else (x_dropout,),
        "h_dropout": None if h_dropout is None else (h_dropout,),
        "truncate": truncate,
    }
    return op.dispatch((x, *weights, *states), attrs)


def lstm(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    initial_state: Any = None,
    mask: Any = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
    x_dropout: Any = None,
    h_dropout: Any = None,
    truncate: int | None = None,
) -> Any:
    """Long short-term memory over a sequence.

    z = x_t kernel + h recurrent_kernel + bias, cut into blocks i, f, c, o; with s the recurrent
    activation and a the activation

        i = s(z_i)   f = s(z_f)   o = s(z_o)   c = f * c + i * a(z_c)   h = o * a(c)

    Args:
        x: [B, T, I]
        kernel: [I, 4H]
        recurrent_kernel: [H, 4H]
        bias: [4H] or None
        initial_state: [h, c], each [B, H]; zeros if None
        mask: a Mask [B, T]; at a masked step all states keep their values and the output repeats
        activation, recurrent_activation: tanh, sigmoid, relu, linear or hard_sigmoid
        return_sequences: every output, not the last one alone
        return_state: also the last h and c
        go_backwards: from the last step to the first; outputs in the order they are computed
        zero_output_for_mask: outputs of masked steps are 0 in place of the one before
        x_dropout, h_dropout: factors for x [B, I] and for h [B, H], one for all gates, or with a
            first axis of 4 one for each; the same at every step
        truncate: gradients of h and c go back at most so many steps: they are cut every `truncate`
            steps from the start of the sequence (masked steps are no steps). None: all the way

    Returns:
        y [B, H], or [B, T, H] with `return_sequences`; (y, h, c) with `return_state`.

    Raises:
        ValueError: shapes that do not fit each other.

    Source: Hochreiter, Schmidhuber, "Long Short-Term Memory", 1997; Gers, Schmidhuber, Cummins,
    "Learning to Forget", 2000; gate order and masks as in Keras. Truncation: Williams, Peng, "An
    efficient gradient-based algorithm for on-line training of recurrent network trajectories",
    1990.

    >>> from tidegate import ops
    >>> ops.lstm(ops.ones((2, 5, 3)), ops.ones((3, 16)), ops.ones((4, 16))).shape
    (2, 4)
    """
    return run_cell(
        "lstm",
        x,
        (kernel, recurrent_kernel, bias),
        initial_state,
        mask,
        (activation, recurrent_activation),
        (return_sequences, return_state, go_backwards, zero_output_for_mask),
        (x_dropout, h_dropout),
        truncate=truncate,
    )


def gru(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    initial_state: Any = None,
    mask: Any = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
    reset_after: bool = True,
    x_dropout: Any = None,
    h_dropout: Any = None,
    truncate: int | None = None,
) -> Any:
    """Gated recurrent unit over a sequence.

    u = x_t kernel + bias[0], v = h recurrent_kernel + bias[1], cut into blocks z, r, h; with s the
    recurrent activation and a the activation

        z = s(u_z + v_z)   r = s(u_r + v_r)   n = a(u_h + r * v_h)   h = z * h + (1 - z) * n

    `reset_after=False` has one bias [3H] and n = a(u_h + (r * h) recurrent_kernel_h).

    Args:
        x: [B, T, I]
        kernel: [I, 3H]
        recurrent_kernel: [H, 3H]
        bias: [2, 3H] (reset_after) or [3H], or None
        initial_state: h [B, H]; zeros if None
        reset_after: whether r acts after the recurrent product (as cuDNN) or before it
        others: as in `lstm`; per-gate dropout has a first axis of 3

    Returns:
        y [B, H], or [B, T, H] with `return_sequences`; (y, h) with `return_state`.

    Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.

    >>> from tidegate import ops
    >>> ops.gru(ops.ones((2, 5, 3)), ops.ones((3, 12)), ops.ones((4, 12))).shape
    (2, 4)
    """
    return run_cell(
        "gru",
        x,
        (kernel, recurrent_kernel, bias),
        initial_state,
        mask,
        (activation, recurrent_activation),
        (return_sequences, return_state, go_backwards, zero_output_for_mask),
        (x_dropout, h_dropout),
        reset_after,
        truncate=truncate,
    )


def simple_rnn(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    initial_state: Any = None,
    mask: Any = None,
    activation: str = "tanh",
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
    x_dropout: Any = None,
    h_dropout: Any = None,
    truncate: int | None = None,
) -> Any:
    """The fully connected recurrence h = activation(x_t kernel + h recurrent_kernel + bias).

    Args:
        x: [B, T, I]
        kernel: [I, H]
        recurrent_kernel: [H, H]
        bias: [H] or None
        initial_state: h [B, H]; zeros if None
        others: as in `lstm`

    Returns:
        y [B, H], or [B, T, H] with `return_sequences`; (y, h) with `return_state`.

    Source: Elman, "Finding Structure in Time", 1990.

    >>> from tidegate import ops
    >>> ops.simple_rnn(ops.ones((2, 5, 3)), ops.ones((3, 4)), ops.ones((4, 4))).shape
    (2, 4)
    """
    return run_cell(
        "simple_rnn",
        x,
        (kernel, recurrent_kernel, bias),
        initial_state,
        mask,
        (activation, "sigmoid"),
        (return_sequences, return_state, go_backwards, zero_output_for_mask),
        (x_dropout, h_dropout),
        truncate=truncate,
    )


def bidirectional(
    cell: str,
    x: Any,
    forward_weights: Any,
    backward_weights: Any,
    *,
    initial_state: Any = None,
    mask: Any = None,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    return_sequences: bool = False,
    return_state: bool = False,
    zero_output_for_mask: bool = False,
    reset_after: bool = True,
    x_dropout: Any = None,
    h_dropout: Any = None,
    truncate: int | None = None,
) -> Any:
    """Two cells of one kind, one from the first step on, one from the last, in one call.

    Args:
        cell: "lstm", "gru" or "simple_rnn"
        x: [B, T, I]
        forward_weights, backward_weights: (kernel, recurrent_kernel, bias or None)
        initial_state: the forward states, then the backward ones; zeros if None
        x_dropout, h_dropout: (forward, backward), each as in `lstm` or None
        others: as in `lstm` and `gru`

    Returns:
        y [B, 2H] or, in time order, [B, T, 2H]: forward beside backward; with `return_state`
        then the forward states and the backward ones.

    Source: Schuster, Paliwal, "Bidirectional Recurrent Neural Networks", 1997.

    >>> from tidegate import ops
    >>> w = (ops.ones((3, 4)), ops.ones((4, 4)), None)
    >>> ops.bidirectional("simple_rnn", ops.ones((2, 5, 3)), w, w).shape
    (2, 8)
    """
    if cell not in GATES:
        raise ValueError(message("bidirectional", f"cell must be one of {list(GATES)}", cell))
    states = _states_of(cell, initial_state, directions=2)
    half = len(states) // 2
    forward = (*_triple(cell, forward_weights), *states[:half])
    backward = (*_triple(cell, backward_weights), *states[half:])
    return _OPS[cell].dispatch(
        (x, *forward, *backward),
        {
            "activation": activation,
            "recurrent_activation": recurrent_activation,
            "mask": mask,
            "return_sequences": return_sequences,
            "return_state": return_state,
            "go_backwards": (False, True),
            "time_order": True,
            "zero_output_for_mask": zero_output_for_mask,
            "reset_after": reset_after,
            "x_dropout": None if x_dropout is None else tuple(x_dropout),
            "h_dropout": None if h_dropout is None else tuple(h_dropout),
            "truncate": truncate,
        },
    )


def _triple(cell: str, weights: Any) -> Weights:
    items = list(weights)
    if len(items) == 2:
        items.append(None)
    if len(items) != 3:
        raise ValueError(
            message(
                cell,
                "the weights of a direction are (kernel, recurrent_kernel, bias or None)",
                f"{len(items)} of them",
            )
        )
    return items[0], items[1], items[2]
