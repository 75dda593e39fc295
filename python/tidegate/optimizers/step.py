"""One step with everything around the rule: accumulation, clipping, decay, EMA, constraints.

The plain step of the rules that the core has does not come here (``Optimizer.apply``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arrays import Array
from ..devices import array_module, kernels
from ..tensor import Tensor, Variable
from .changes import Changes

__all__ = ["full_step"]

Arrays = list[Array]


def full_step(optimizer: Any, grads: Sequence[Array], variables: Sequence[Variable]) -> None:
    """Change variables, slots, averages, accumulators and the counter, all of them or none."""
    changes = Changes()
    gradients = [g.astype(v.dtype, copy=False) for g, v in zip(grads, variables, strict=True)]
    scale = optimizer.loss_scale_factor
    if scale is not None:
        gradients = [g / scale for g in gradients]
    if optimizer.gradient_accumulation_steps:
        _accumulate(optimizer, gradients, variables, changes)
    else:
        _update(optimizer, gradients, variables, changes)
    if optimizer.use_ema:
        _average(optimizer, changes)
    for variable in variables:
        if variable.constraint is not None:
            new = variable.constraint(Tensor(changes[variable]))
            changes[variable] = new._value if isinstance(new, Tensor) else new
    changes[optimizer._iterations] = changes[optimizer._iterations] + 1
    changes.commit()


def _accumulate(
    optimizer: Any, grads: Arrays, variables: Sequence[Variable], changes: Changes
) -> None:
    steps = optimizer.gradient_accumulation_steps
    sums = [optimizer._accumulated_gradients[optimizer._index[id(v)]] for v in variables]
    totals = [g + changes[total] for g, total in zip(grads, sums, strict=True)]
    if (int(optimizer._iterations) + 1) % steps:
        for total, value in zip(sums, totals, strict=True):
            changes[total] = value
        return
    _update(optimizer, [total / steps for total in totals], variables, changes)
    for total in optimizer._accumulated_gradients:
        changes[total] = array_module().zeros(total.shape, total.dtype)


def _update(optimizer: Any, grads: Arrays, variables: Sequence[Variable], changes: Changes) -> None:
    if optimizer.kind:
        _by_core(optimizer, grads, variables, changes)
        return
    grads = _clipped(grads, *optimizer._clip)
    rate = float(optimizer.learning_rate)
    for variable in variables:
        decay = optimizer.decay_of(variable)
        if decay:
            w = changes[variable]
            changes[variable] = w - w * w.dtype.type(decay) * w.dtype.type(rate)
    if optimizer.writes_update_step:
        _by_subclass(optimizer, grads, variables, changes)
        return
    step = int(optimizer.iterations) + 1
    shared = optimizer.begin(step, changes)
    for g, variable in zip(grads, variables, strict=True):
        slots = optimizer._slots[optimizer._index[id(variable)]]
        w = changes[variable]
        new, values = optimizer.rule(
            w, g, [changes[slot] for slot in slots], w.dtype.type(rate), step, shared
        )
        changes[variable] = new
        for slot, value in zip(slots, values, strict=True):
            changes[slot] = value


def _by_core(
    optimizer: Any, grads: Arrays, variables: Sequence[Variable], changes: Changes
) -> None:
    slots = [optimizer._slots[optimizer._index[id(v)]] for v in variables]
    hyper = optimizer.hyper()
    hyper["learning_rate"] = float(optimizer.learning_rate)
    kernels().optimizer_step(
        optimizer.kind,
        [changes.writable(v) for v in variables],
        grads,
        [[changes.writable(slot) for slot in own] for own in slots],
        hyper,
        int(optimizer.iterations),
        optimizer._clip,
        [optimizer.decay_of(v) for v in variables],
    )


def _by_subclass(
    optimizer: Any, grads: Arrays, variables: Sequence[Variable], changes: Changes
) -> None:
    """A user's ``update_step`` assigns as it likes; what it leaves is taken, and put back."""
    touched = [*variables, *optimizer.variables]
    before = [(v, v._value, v._view) for v in touched]
    for v in variables:
        v._set(changes[v])
    try:
        for g, variable in zip(grads, variables, strict=True):
            optimizer.update_step(Tensor(g), variable, optimizer.learning_rate)
        after = [v._value for v in touched]
    finally:
        for v, array, view in before:
            v._value, v._view = array, view
    for v, array in zip(touched, after, strict=True):
        changes[v] = array


def _clipped(grads: Arrays, rule: str, limit: float) -> Arrays:
    xp = array_module()
    if rule == "clipvalue":
        return [xp.clip(g, -limit, limit) for g in grads]
    if rule == "none":
        return grads
    squares = [float(xp.sum(xp.square(g), dtype="float64")) for g in grads]
    if rule == "clipnorm":
        norms = [square**0.5 for square in squares]
        return [g * limit / max(norm, limit) for g, norm in zip(grads, norms, strict=True)]
    norm = xp.float64(sum(squares) ** 0.5)
    with xp.errstate(all="ignore"):
        # An infinite norm makes the factor NaN, as in Keras.
        factor = limit * xp.minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [g * g.dtype.type(factor) for g in grads]


def _average(optimizer: Any, changes: Changes) -> None:
    """``average = momentum * average + (1 - momentum) * weight``; the first step takes the weight.

    Every ``ema_overwrite_frequency`` steps the weights become their averages.
    """
    iterations = int(optimizer.iterations)
    momentum = optimizer.ema_momentum if iterations else 0.0
    pairs = list(zip(optimizer._trainable_variables, optimizer._averages, strict=True))
    for variable, average in pairs:
        changes[average] = momentum * changes[average] + (1 - momentum) * changes[variable]
    every = optimizer.ema_overwrite_frequency
    if every and (iterations + 1) % every == 0:
        for variable, average in pairs:
            changes[variable] = changes[average]
