"""What really ran: which kernel, on how many threads, with which instructions and schedule."""

from __future__ import annotations

from typing import Any

from tidegate.autodiff import GradientTape, training_scope
from tidegate.dtypes import is_float
from tidegate.scopes import STATE
from tidegate.tensor import Tensor, convert_to_tensor
from tidegate.utils import tree


def explain(
    layer_or_op: Any, x: Any, *args: Any, training: bool = True, **kwargs: Any
) -> dict[str, Any]:
    """Run `layer_or_op(x, ...)` once and tell how it was computed.

    Args:
        layer_or_op: a layer, a model, or a function of `tidegate.ops`.
        x: its input.
        training: as in a training step (what the backward pass needs is kept and counted), or as
            in inference.

    Returns:
        A dict: `op` (the recurrent operation, or else the one that keeps most), its `isa`,
        `threads`, `schedule` where kernels ran, its `directions`, `mask` (its kind, None if every
        step counts), `packed_bytes`, the dtype of the factors of its `products`, `remat` (see
        `RematScope`) and `scratch_bytes` (what the backward pass takes for one window of steps)
        where it is recurrent; `compute_dtype`, that of its result; `saved_bytes` kept for the
        backward pass by all operations; `ops`, one such dict for each in the order they ran.

    >>> from tidegate import ops
    >>> explain(ops.square, [1.0, 2.0])["op"]
    'square'
    """
    inputs = _as_inputs(x)
    trace: list[dict[str, Any]] = []
    before = STATE.trace
    with GradientTape() as tape, training_scope(training):
        tape.watch([t for t in tree.flatten(inputs) if isinstance(t, Tensor) and is_float(t.dtype)])
        STATE.trace = trace
        try:
            layer_or_op(inputs, *args, **kwargs)
        finally:
            STATE.trace = before
    for entry in trace:
        kept = entry.pop("saved", None)
        if kept is not None:
            # As it is now: later calls may have told it to keep less.
            entry.update(
                remat=kept.remat, saved_bytes=kept.nbytes, scratch_bytes=kept.scratch_nbytes
            )
        if not training:
            entry["saved_bytes"] = 0
            if kept is not None:
                entry.update(remat=None, scratch_bytes=0)
    saved = sum(entry["saved_bytes"] for entry in trace)
    return {**_main(trace), "saved_bytes": saved, "ops": trace}


def _as_inputs(x: Any) -> Any:
    if isinstance(x, dict) or (
        isinstance(x, (list, tuple)) and any(hasattr(leaf, "shape") for leaf in x)
    ):
        return tree.map_structure(convert_to_tensor, x)
    return convert_to_tensor(x)


def _main(trace: list[dict[str, Any]]) -> dict[str, Any]:
    if not trace:
        return {"op": None}
    recurrent = [entry for entry in trace if "packed_bytes" in entry]
    return max(recurrent or trace, key=lambda entry: entry["saved_bytes"])
