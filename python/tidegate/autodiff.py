"""The tape: operations in the order they ran, and the walk back through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidegate.arrays import Array
from tidegate.bfloat16 import BFloat16Tensor, to_bits
from tidegate.errors import message
from tidegate.scopes import (
    STATE,
    current_training,
    next_key,
    no_grad,
    stop_recording,
    training_scope,
)
from tidegate.tensor import Tensor, Variable, as_array, is_differentiable
from tidegate.utils import tree

__all__ = [
    "Context",
    "GradientTape",
    "current_training",
    "no_grad",
    "open_context",
    "record",
    "stop_recording",
    "training_scope",
]


_Version = tuple[Variable, Array, int]  # a variable, its array and its version then


class Context:
    """What one call of an op keeps from its forward for its vjp.

    Attributes:
        saved: whatever forward stores here.
        needs: for each tensor argument, whether its gradient is wanted.
        reusable: whether vjp may be called more than once for this forward.
        note: what forward adds to the report of `explain`.
        inputs: the tape's names of the arguments, 0 where one is not watched.
        variables: the trainable ones among them, as they were before the call.
    """

    __slots__ = ("inputs", "needs", "note", "reusable", "saved", "variables")

    def __init__(
        self,
        inputs: Sequence[int],
        reusable: bool,
        variables: Sequence[_Version] = (),
    ) -> None:
        self.inputs = inputs
        self.variables = variables
        self.needs: Sequence[bool] = list(map(bool, inputs))
        self.reusable = reusable
        self.saved: Any = None
        self.note: dict[str, Any] | None = None


# What was called, with what, and the names of its outputs. A plain tuple: each step makes and takes
# apart one for each of its ops.
_Record = tuple[Any, Context, Sequence[int]]


class GradientTape:
    """Records what is computed inside `with`, to differentiate it afterwards.

    Args:
        persistent: allows several calls of `gradient`; everything saved is kept until the tape
            goes, and recurrent ops run their forward again for the second one.
        watch_accessed_variables: trainable variables are watched without a call of `watch`.

    A tape belongs to the thread that entered it. Second derivatives are not offered: an outer tape
    records `gradient` of an inner one as a step that it cannot differentiate.

    Source: the interface is TensorFlow's `tf.GradientTape`.

    >>> from tidegate import ops
    >>> x = ops.convert_to_tensor([1.0, 2.0, 3.0])
    >>> with GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = ops.sum(x * x)
    >>> tape.gradient(y, x).numpy()
    array([2., 4., 6.], dtype=float32)
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = persistent
        self.watches_variables = watch_accessed_variables
        self._watched: set[int] = set()
        self._variables: dict[int, Variable] = {}
        self._watches_tensors = False
        self._records: list[_Record] | None = []

    def __enter__(self) -> GradientTape:
        if self in STATE.tapes:
            raise RuntimeError(message("GradientTape", "this tape is already recording"))
        STATE.tapes = (*STATE.tapes, self)
        return self

    def __exit__(self, *error: object) -> None:
        self._leave()

    def _leave(self) -> None:
        active = STATE.tapes
        if active:
            STATE.tapes = tuple([tape for tape in active if tape is not self])

    def watch(self, tensor: Any) -> None:
        """Record what is computed from this tensor (or variable, or nested structure of them).

        Raises:
            TypeError: anything else, and tensors that are not float.
        """
        for leaf in tree.flatten(tensor):
            if not is_differentiable(leaf):
                raise TypeError(
                    message(
                        "GradientTape.watch",
                        "only float tensors and variables can be watched",
                        repr(leaf) if isinstance(leaf, (Tensor, Variable)) else type(leaf).__name__,
                        "convert arrays with ops.convert_to_tensor first",
                    )
                )
            if not leaf._key:
                leaf._key = next_key()
            self._watched.add(leaf._key)
            if isinstance(leaf, Variable):
                self._variables[leaf._key] = leaf
            else:
                self._watches_tensors = True

    def is_watched(self, key: int) -> bool:
        """Whether something of this name is watched or was computed from what is."""
        return key in self._watched

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that were used, in the order of their first use."""
        return tuple(self._variables.values())

    def stop_recording(self) -> Any:
        """A scope within which this tape (and any other of the thread) records nothing."""
        return no_grad()

    def reset(self) -> None:
        """Forget everything recorded and watched."""
        self._watched.clear()
        self._variables.clear()
        self._watches_tensors = False
        self._records = []

    def seen(self, arguments: Sequence[Any]) -> tuple[list[int], list[_Version]]:
        """The name of each argument of an op, 0 where it is not watched; the trainable variables.

        A trainable variable is watched from now on.
        """
        watched = self._watched
        names = []
        versions = []
        for x in arguments:
            name = 0
            if type(x) is Tensor:
                if x._key in watched:
                    name = x._key
            elif type(x) is Variable:
                value = x._value
                if x._key in watched:
                    name = x._key
                elif self.watches_variables and x.trainable and value.dtype.kind == "f":
                    name = x._key
                    watched.add(name)
                    self._variables[name] = x
                if x.trainable:
                    versions.append((x, value, x.version))
            elif type(x) is BFloat16Tensor and x._key in watched:
                name = x._key
            names.append(name)
        return names, versions

    def add(self, entry: _Record) -> None:
        """Append a record; its float outputs are watched from now on."""
        if self._records is not None:
            self._records.append(entry)
            self._watched.update(filter(None, entry[2]))

    def _wants_all(self, wanted: set[int]) -> bool:
        """Whether gradients are wanted for all that is watched of itself."""
        return not self._watches_tensors and self._variables.keys() <= wanted

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: str = "none",
    ) -> Any:
        """The gradient of the sum of `target` with respect to each of `sources`.

        Args:
            target: a tensor or a nested structure of them.
            sources: watched tensors or variables, nested as you like; the result has their
                structure.
            output_gradients: a factor for each element of each target, ones if None.
            unconnected_gradients: "none" gives None for a source that does not reach the target,
                "zero" gives zeros.

        Raises:
            RuntimeError: second call on a tape that is not persistent; a variable that an
                optimizer changed since the forward pass.
            NotImplementedError: a second derivative.
        """
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(
                message(
                    "GradientTape.gradient",
                    'unconnected_gradients must be "none" or "zero"',
                    repr(unconnected_gradients),
                )
            )
        records = self._take_records()
        flat = type(sources) is list and _LEAVES.issuperset(map(type, sources))
        leaves = sources if flat else tree.flatten(sources)
        wanted = [leaf._key for leaf in leaves] if flat else _source_keys(leaves)
        factors = output_gradients
        if factors is not None:
            factors = tree.flatten(factors) if tree.is_nested(target) else [factors]
        found = _seeds([target] if type(target) is Tensor else tree.flatten(target), factors)
        final = set(wanted) - {0}  # 0: a source that no tape ever saw
        if self.persistent or not self._wants_all(final):
            records = _on_path(records, final)
        _walk_back(records, found, final)
        results: list[Tensor | None] = []
        for key, leaf in zip(wanted, leaves, strict=True):
            gradient = found.get(key)
            if gradient is not None:
                # vjp rules may give views and broadcasts; what leaves the tape is a plain array.
                plain = gradient.flags.c_contiguous
                results.append(Tensor(gradient if plain else np.ascontiguousarray(gradient)))
            elif unconnected_gradients == "zero":
                results.append(Tensor(np.zeros_like(leaf._value)))
            else:
                results.append(None)
        if not flat:
            results = [_as_source(y, leaf) for y, leaf in zip(results, leaves, strict=True)]
        if STATE.tapes:
            self._record_on_outer_tapes(results)
        return results if flat else tree.pack(sources, results)

    def _take_records(self) -> list[_Record]:
        if self._records is None:
            raise RuntimeError(
                message(
                    "GradientTape.gradient",
                    "a tape that is not persistent gives gradients once",
                    "a second call",
                    "ask for all sources in one call, or use GradientTape(persistent=True)",
                )
            )
        records = self._records
        if self.persistent:
            return list(records)
        self._leave()
        self._records = None
        return records

    def _record_on_outer_tapes(self, results: list[Tensor | None]) -> None:
        made = [result for result in results if result is not None]
        for outer in STATE.tapes:
            shared = tuple(outer._watched & self._watched)
            if made and shared:
                outputs = tuple(_key_of(result) for result in made)
                outer.add((_SecondDerivative, Context(shared, True), outputs))


_LEAVES = frozenset((Tensor, Variable))


class _SecondDerivative:
    """Stands on an outer tape for the gradient that an inner tape gave."""

    @staticmethod
    def vjp(context: Context, *dys: Array | None) -> tuple[Array | None, ...]:
        raise NotImplementedError(
            message(
                "GradientTape",
                "second derivatives are not offered",
                "a target that depends on the result of another tape's gradient()",
                "call gradient() of the inner tape outside of the outer one, or wrap what depends "
                "on it in ops.stop_gradient",
            )
        )


def open_context(arguments: Sequence[Any]) -> tuple[Sequence[GradientTape], Context | None]:
    """The active tapes that watch any of these arguments, and the context for them to record.

    Without such a tape the context is None, and forward saves nothing.
    """
    active = STATE.tapes
    if len(active) == 1:
        tape = active[0]
        names, versions = tape.seen(arguments)
        return (active, Context(names, tape.persistent, versions)) if any(names) else ((), None)
    tapes: list[GradientTape] = []
    names = [0] * len(arguments)
    versions = []
    for tape in active:
        seen, versions = tape.seen(arguments)
        if any(seen):
            tapes.append(tape)
            names = [a or b for a, b in zip(names, seen, strict=True)]
    if not tapes:
        return tapes, None
    return tapes, Context(names, len(tapes) > 1 or tapes[0].persistent, versions)


def record(
    tapes: Sequence[GradientTape], op: Any, context: Context, outputs: Sequence[Tensor]
) -> None:
    """Put one call on each of the tapes; one without a float result has nothing to go back."""
    if STATE.trace is not None:
        STATE.trace.append({**op.describe(context), "compute_dtype": outputs[0].dtype})
    keys = []
    for y in outputs:
        keys.append(_key_of(y) if type(y) is not Tensor or y._value.dtype.kind == "f" else 0)
    if any(keys):
        for tape in tapes:
            tape.add((op, context, keys))


def _key_of(tensor: Tensor) -> int:
    if not tensor._key:
        tensor._key = next_key()
    return tensor._key


def _source_keys(leaves: list[Any]) -> list[int]:
    for leaf in leaves:
        if not isinstance(leaf, (Tensor, Variable)):
            raise TypeError(
                message(
                    "GradientTape.gradient",
                    "sources must be tensors or variables",
                    type(leaf).__name__,
                    "watch ops.convert_to_tensor(x) and give that tensor as the source",
                )
            )
    return [leaf._key for leaf in leaves]


def _seeds(targets: list[Any], factors: list[Any] | None) -> dict[int, Array]:
    """{key of a target: gradient that it starts with}."""
    factors = [None] * len(targets) if factors is None else factors
    if len(factors) != len(targets):
        raise ValueError(
            message(
                "GradientTape.gradient",
                f"output_gradients must have one entry for each of {len(targets)} targets",
                f"{len(factors)} entries",
            )
        )
    seeds: dict[int, Array] = {}
    for target, factor in zip(targets, factors, strict=True):
        if not is_differentiable(target):
            raise TypeError(
                message(
                    "GradientTape.gradient",
                    "targets must be float tensors",
                    getattr(target, "dtype", type(target).__name__),
                )
            )
        value = target._value
        if factor is None:
            seed = np.empty(value.shape, value.dtype)
            seed.fill(1)
        else:
            seed = as_array(factor, value.dtype.name)
        if seed.shape != value.shape:
            raise ValueError(
                message(
                    "GradientTape.gradient",
                    f"an output gradient must have its target's shape {value.shape}",
                    f"shape {seed.shape}",
                )
            )
        if target._key:
            before = seeds.get(target._key)
            seeds[target._key] = seed if before is None else before + seed
    return seeds


def _on_path(records: list[_Record], wanted: set[int]) -> list[_Record]:
    """The records that lie between the wanted and what was made of it, told what they must give."""
    reached = set(wanted)
    chosen = []
    for entry in records:
        _, context, outputs = entry
        if reached.isdisjoint(context.inputs):
            continue
        chosen.append(entry)
        reached.update([key for key in outputs if key])
        context.needs = [key in reached for key in context.inputs]
    return chosen


@np.errstate(all="ignore")
def _walk_back(records: list[_Record], gradients: dict[int, Array], wanted: set[int]) -> None:
    """Adds the gradients of the wanted keys to those of the targets; uses the records up."""
    while records:
        op, context, outputs = records.pop()
        if len(outputs) == 1:
            key = outputs[0]
            dy = gradients.get(key) if key in wanted else gradients.pop(key, None)
            dys: Sequence[Array | None] = (dy,)
        else:
            dys = [
                gradients.get(key) if key in wanted else gradients.pop(key, None) for key in outputs
            ]
            dy = next((dy for dy in dys if dy is not None), None)
        if dy is None:
            continue
        for variable, array, version in context.variables:
            if variable.version != version and variable._value is array:
                raise _changed(variable, version)
        dxs = op.vjp(context, *dys)
        for key, need, dx in zip(context.inputs, context.needs, dxs, strict=True):
            if need and dx is not None:
                # A new array: the old one may also be the gradient of something else.
                before = gradients.get(key)
                gradients[key] = dx if before is None else before + dx


def _changed(variable: Variable, version: int) -> RuntimeError:
    return RuntimeError(
        message(
            "GradientTape.gradient",
            "a variable was changed in place after the forward pass that used it",
            f"{variable.path!r}, version {version} then and {variable.version} now",
            "take all gradients before the optimizer step",
        )
    )


def _as_source(gradient: Tensor | None, source: Any) -> Tensor | None:
    """The gradient in the dtype of what it is the gradient of."""
    if gradient is None or type(source) is not BFloat16Tensor:
        return gradient
    return BFloat16Tensor(to_bits(gradient._value))
