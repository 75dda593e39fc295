"""Connectionist temporal classification: the loss, and the decoding of its outputs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tidegate.errors import message
from tidegate.ops.math import cast
from tidegate.ops.op import Array, Context, Op, Spec
from tidegate.tensor import Tensor, as_array, convert_to_tensor, is_tensor

_NEVER = -np.inf


class _Lattice(NamedTuple):
    """The label with blanks around every symbol, and what each step says of it; float64."""

    symbols: Array  # [B, S] class of each place, S = 2L + 1
    skips: Array  # [B, S] whether the blank before this place may be left out
    log_p: Array  # [B, T, C]
    emissions: Array  # [B, T, S]
    last: Array  # [B] the last place, 2 * target_length
    steps: Array  # [B] output_length


def _lattice(target: Array, logits: Array, lengths: Array, steps: Array, blank: int) -> _Lattice:
    batch, longest = target.shape
    inside = np.arange(longest) < lengths[:, None]
    labels = np.where(inside, target, blank)
    _check_labels(labels, logits.shape[-1])
    symbols = np.full((batch, 2 * longest + 1), blank, np.intp)
    symbols[:, 1::2] = labels
    skips = np.zeros(symbols.shape, bool)
    skips[:, 2:] = (symbols[:, 2:] != blank) & (symbols[:, 2:] != symbols[:, :-2])
    log_p = _log_softmax(logits)
    emissions = np.take_along_axis(log_p, symbols[:, None, :], axis=-1)
    return _Lattice(symbols, skips, log_p, emissions, 2 * lengths, steps)


def _log_softmax(logits: Array) -> Array:
    x = logits.astype("float64")
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def _check_labels(labels: Array, classes: int) -> None:
    wrong = np.argwhere((labels < 0) | (labels >= classes))
    if wrong.size:
        at = tuple(int(i) for i in wrong[0])
        raise IndexError(
            message(
                "ctc_loss", f"labels must lie in [0, {classes})", f"{labels[at]} at position {at}"
            )
        )


def _shifted(x: Array, by: int) -> Array:
    """Values ``by`` places to the right (left if negative), never where there are none."""
    moved = np.full_like(x, _NEVER)
    if by > 0:
        moved[:, by:] = x[:, :-by]
    else:
        moved[:, :by] = x[:, -by:]
    return moved


def _forward(net: _Lattice) -> tuple[Array, Array]:
    """Log probabilities of all beginnings [B, T, S], and of the labels [B]."""
    batch, steps, places = net.emissions.shape
    alpha = np.full((batch, steps, places), _NEVER)
    alpha[:, 0, :2] = net.emissions[:, 0, :2]
    for t in range(1, steps):
        before = alpha[:, t - 1]
        skipped = np.where(net.skips, _shifted(before, 2), _NEVER)
        paths = np.logaddexp(np.logaddexp(before, _shifted(before, 1)), skipped)
        alpha[:, t] = paths + net.emissions[:, t]
    rows = np.arange(batch)
    final = alpha[rows, np.maximum(net.steps - 1, 0)]
    before_last = np.where(net.last > 0, final[rows, np.maximum(net.last - 1, 0)], _NEVER)
    total = np.logaddexp(final[rows, net.last], before_last)
    # Without a step only the empty label is possible.
    return alpha, np.where(net.steps > 0, total, np.where(net.last > 0, _NEVER, 0.0))


def _backward(net: _Lattice) -> Array:
    """Log probabilities of all endings after each step [B, T, S]."""
    batch, steps, places = net.emissions.shape
    place = np.arange(places)
    ends = (place == net.last[:, None]) | (place == net.last[:, None] - 1)
    start = np.where(ends, 0.0, _NEVER)
    beta = np.full((batch, steps, places), _NEVER)
    for t in range(steps - 1, -1, -1):
        if t + 1 < steps:
            after = beta[:, t + 1] + net.emissions[:, t + 1]
            skipped = _shifted(np.where(net.skips, after, _NEVER), -2)
            beta[:, t] = np.logaddexp(np.logaddexp(after, _shifted(after, -1)), skipped)
        beta[:, t] = np.where((net.steps == t + 1)[:, None], start, beta[:, t])
    return beta


class _CTC(Op):
    """-log of the sum over all alignments of a label."""

    name = "ctc_loss"

    @staticmethod
    @np.errstate(all="ignore")
    def forward(
        ctx: Context | None, target: Array, output: Array, lengths: Array, steps: Array, blank: int
    ) -> Array:
        net = _lattice(target, output, lengths, steps, blank)
        alpha, total = _forward(net)
        if ctx is not None:
            ctx.saved = (net, alpha, total, output.dtype)
        return (-total).astype(output.dtype)

    @staticmethod
    @np.errstate(all="ignore")
    def vjp(ctx: Context, dy: Array) -> tuple[Any, ...]:
        net, alpha, total, dtype = ctx.saved
        share = np.exp(alpha + _backward(net) - total[:, None, None])
        dlogits = np.exp(net.log_p)
        rows, steps = np.arange(len(dy))[:, None], np.arange(alpha.shape[1])[None, :]
        for place in range(net.symbols.shape[1]):
            dlogits[rows, steps, net.symbols[:, place, None]] -= share[:, :, place]
        dlogits[steps >= net.steps[:, None]] = 0
        return None, (dlogits * dy[:, None, None]).astype(dtype), None, None

    @staticmethod
    def shape(target: Spec, output: Spec, lengths: Spec, steps: Spec, blank: int) -> Spec:
        return Spec(output.shape[:1], output.dtype)


_ctc = _CTC()


def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> Any:
    """-log p(label), summed over all alignments; infinite where no alignment is long enough.

    Args:
        target: labels [B, L]
        output: logits [B, T, C]
        target_length, output_length: [B], how much of each row counts
        mask_index: the class of the blank

    Returns:
        [B]

    Raises:
        ValueError: another number of axes.
        IndexError: a label that is not a class.

    Source: Graves, Fernández, Gomez, Schmidhuber, "Connectionist temporal classification", ICML
    2006.

    >>> ctc_loss([[1]], [[[0.0, 0.0], [0.0, 0.0]]], [1], [2]).numpy().round(4)
    array([0.2877], dtype=float32)
    """
    output = output if is_tensor(output) else convert_to_tensor(output)
    target = cast(target, "int32")
    if len(target.shape) != 2 or len(output.shape) != 3:
        raise ValueError(
            message(
                "ctc_loss",
                "target must be [B, L] and output [B, T, C]",
                f"target {list(target.shape)}, output {list(output.shape)}",
            )
        )
    lengths, steps = cast(target_length, "int32"), cast(output_length, "int32")
    return _ctc(target, output, lengths, steps, blank=int(mask_index))


def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Tensor, Tensor]:
    """The most probable labels of CTC outputs.

    Args:
        inputs: logits [B, T, C]
        sequence_lengths: [B]
        strategy: "greedy" takes the best class of each step, "beam_search" the best labels
        beam_width, top_paths: of the beam search
        merge_repeated: whether repeated classes count once ("greedy")
        mask_index: the class of the blank

    Returns:
        Labels [top_paths, B, T] (one path if greedy), -1 after the end; scores: greedy [B, 1], the
        negative sum of the best logits, else [B, top_paths], log probabilities.

    Raises:
        ValueError: another strategy.

    >>> labels, _ = ctc_decode([[[0.0, 2.0], [0.0, 2.0], [2.0, 0.0]]], [3])
    >>> labels.numpy().tolist()
    [[[1, -1, -1]]]
    """
    logits, lengths = as_array(inputs), as_array(sequence_lengths)
    logits = logits.astype(np.result_type(logits.dtype, "float32"), copy=False)
    if strategy == "greedy":
        return _greedy(logits, lengths, merge_repeated, mask_index)
    if strategy == "beam_search":
        return _beams(logits, lengths, beam_width, top_paths, mask_index)
    raise ValueError(
        message("ctc_decode", 'strategy must be "greedy" or "beam_search"', repr(strategy))
    )


def _greedy(logits: Array, lengths: Array, merge: bool, blank: int) -> tuple[Tensor, Tensor]:
    outside = np.arange(logits.shape[1]) >= lengths[:, None]
    best = np.where(outside, blank, logits.argmax(axis=-1))
    scores = np.where(outside, 0, logits.max(axis=-1)).astype(logits.dtype)
    dropped = best == blank
    if merge:
        dropped[:, 1:] |= best[:, 1:] == best[:, :-1]
    order = np.argsort(dropped, axis=1, kind="stable")
    labels = np.take_along_axis(np.where(dropped, -1, best), order, axis=1)
    return Tensor(labels.astype("int32")[None]), Tensor(-scores.sum(axis=1, keepdims=True))


def _beams(
    logits: Array, lengths: Array, width: int, top: int, blank: int
) -> tuple[Tensor, Tensor]:
    log_p = _log_softmax(logits)
    labels = np.full((top, *logits.shape[:2]), -1, "int32")
    scores = np.full((len(logits), top), _NEVER)
    for row, steps in enumerate(lengths):
        found = _best_labels(log_p[row, : max(int(steps), 1)], width, blank)
        for rank, (label, score) in enumerate(found[:top]):
            labels[rank, row, : len(label)] = label
            scores[row, rank] = score
    return Tensor(labels), Tensor(scores.astype(logits.dtype))


def _best_labels(log_p: Array, width: int, blank: int) -> list[tuple[tuple[int, ...], float]]:
    """Prefix beam search: {label: (log p ending in a blank, log p ending in its symbol)}."""
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, _NEVER)}
    for step in log_p:
        grown: dict[tuple[int, ...], list[float]] = {}

        def add(label: tuple[int, ...], kind: int, score: float, grown: Any = grown) -> None:
            entry = grown.setdefault(label, [_NEVER, _NEVER])
            entry[kind] = float(np.logaddexp(entry[kind], score))

        for label, (ends_blank, ends_symbol) in beams.items():
            either = float(np.logaddexp(ends_blank, ends_symbol))
            add(label, 0, either + step[blank])
            for symbol in range(len(step)):
                if symbol == blank:
                    continue
                if label and label[-1] == symbol:
                    add(label, 1, ends_symbol + step[symbol])
                    add((*label, symbol), 1, ends_blank + step[symbol])
                else:
                    add((*label, symbol), 1, either + step[symbol])
        ranked = sorted(grown.items(), key=lambda item: -np.logaddexp(item[1][0], item[1][1]))
        beams = {label: (scores[0], scores[1]) for label, scores in ranked[:width]}
    return [(label, float(np.logaddexp(scores[0], scores[1]))) for label, scores in beams.items()]
