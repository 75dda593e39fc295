"""From what the user passes to ``fit`` to batches of arrays: everything is checked here, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import config, tree
from ..errors import message
from ..random import SeedGenerator, permutation
from ..symbolic import KerasTensor
from ..tensor import Tensor, Variable

__all__ = ["Batches", "Data", "class_weights", "prepare", "split"]

_INT32 = np.iinfo(np.int32)


class Data(NamedTuple):
    """Checked arrays: structures of equal first axis, or None."""

    x: Any
    y: Any
    sample_weight: Any
    size: int


def prepare(
    op: str,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    inputs: int | None = None,
    kind: str = "float32",
) -> Data:
    """Convert and check what ``fit``, ``evaluate`` or ``predict`` received.

    Floats become ``kind``, integers int32 where they fit; an array that is right already is not
    copied, and the caller's arrays are never changed.

    Args:
        op: name for messages.
        inputs: number of inputs of the model, where it is known.

    Raises:
        ValueError: unequal lengths, no sample, ragged lists.
        TypeError: something that holds no numbers.
        ValueError: data of an unknown kind.
    """
    if x is None:
        raise ValueError(
            message(op, "x is needed", "None", "pass the inputs as the first argument")
        )
    x = _structure(op, "x", x, inputs, kind)
    y = None if y is None else _structure(op, "y", y, None, kind)
    if sample_weight is not None:
        sample_weight = _structure(op, "sample_weight", sample_weight, None, kind)
    sizes = []
    for name, value in (("x", x), ("y", y), ("sample_weight", sample_weight)):
        for leaf in tree.flatten(value):
            if leaf is None:
                continue
            if leaf.ndim == 0:
                raise ValueError(message(op, f"{name} must have a batch axis", "a single number"))
            sizes.append((name, leaf.shape[0]))
    if len({size for _, size in sizes}) > 1:
        received = ", ".join(f"{name} {size}" for name, size in sizes)
        raise ValueError(
            message(
                op,
                "x, y and sample_weight must have the same number of samples",
                received,
                "the first axis counts samples: one row of y for each row of x",
            )
        )
    return Data(x, y, sample_weight, sizes[0][1])


def _structure(op: str, name: str, value: Any, leaves: int | None, kind: str) -> Any:
    """Arrays in the structure of the value; a list of numbers is one array."""
    if value is None:
        return None
    if isinstance(value, dict):
        return {key: _structure(op, name, item, None, kind) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not _is_one_array(value, leaves):
        return type(value)([_structure(op, name, item, None, kind) for item in value])
    return _array(op, name, value, kind)


def _is_one_array(value: Any, leaves: int | None) -> bool:
    """Whether a list holds numbers (or the rows of one input) rather than several inputs."""
    if not value:
        return True
    if leaves is not None and leaves == len(value) and _is_array(value[0]):
        return False
    if leaves == 1:
        return True
    return not any(_is_array(item) or isinstance(item, dict) for item in value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and getattr(value, "shape", ()) != ()


def _array(op: str, name: str, value: Any, kind: str) -> Any:
    if isinstance(value, KerasTensor):
        raise ValueError(message(op, f"{name} must hold values", "a symbolic tensor"))
    if isinstance(value, (Tensor, Variable)):
        value = value.numpy()
    if not hasattr(value, "__array__") and not isinstance(value, (list, tuple, int, float, bool)):
        if hasattr(value, "__iter__") or hasattr(value, "__getitem__"):
            raise ValueError(
                message(
                    op,
                    f"{name} must be an array, or a list or dict of arrays (or x a PyDataset)",
                    type(value).__name__,
                )
            )
        raise TypeError(message(op, f"{name} must be an array", type(value).__name__))
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "biuf":
        hint = "tidegate.utils.pad_sequences(x) makes sequences equally long"
        if array.dtype.kind in "SU":
            hint = "turn text into ids first"
        raise TypeError(
            message(op, f"{name} must hold numbers in rows of equal length", _describe(array), hint)
        )
    return _standard(array, kind)


def _describe(array: Any) -> str:
    if array.dtype == object:
        return "an array of objects (rows of different length?)"
    return f"an array of dtype {array.dtype}"


def _standard(array: Any, kind: str) -> Any:
    """Floats to ``kind``, integers to int32 where they fit; native, C order, aligned."""
    wanted = array.dtype.name
    if array.dtype.kind == "f":
        wanted = kind
    elif array.dtype.kind in "iu" and array.dtype != np.int32:
        small = not array.size or (_INT32.min <= array.min() and array.max() <= _INT32.max)
        wanted = "int32" if small else "int64"
    return np.require(array, dtype=wanted, requirements=("C", "A"))


def class_weights(op: str, y: Any, class_weight: dict[int, float]) -> Any:
    """A weight per sample from a weight per class; y [B], [B, 1] or one-hot [B, C]."""
    if not isinstance(class_weight, dict):
        raise ValueError(
            message(
                op,
                "class_weight must be a dict {class: weight}",
                repr(class_weight),
                "dict(enumerate(weights)) makes one of a list",
            )
        )
    if tree.is_nested(y) or y is None:
        raise ValueError(message(op, "class_weight goes with a single y", type(y).__name__))
    labels = y
    if labels.ndim > 2:
        raise ValueError(
            message(
                op, "class_weight needs one class per sample", f"y {list(y.shape)}", "sample_weight"
            )
        )
    if labels.ndim == 2:
        labels = labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
    labels = np.rint(labels).astype("int32")
    weights = np.ones(labels.shape[0], dtype=config.floatx())
    for label, weight in class_weight.items():
        weights[labels == int(label)] = weight
    return weights


def split(op: str, data: Data, fraction: float) -> tuple[Data, Data]:
    """The first part, and the last ``fraction`` of the samples."""
    if not 0 < fraction < 1:
        raise ValueError(message(op, "validation_split must be in (0, 1)", fraction))
    at = int(np.floor(data.size * (1.0 - fraction)))
    if at in (0, data.size):
        raise ValueError(
            message(
                op,
                "validation_split must leave samples for both parts",
                f"{data.size} samples, validation_split={fraction}",
            )
        )

    def cut(part: slice, size: int) -> Data:
        values = [_take(value, part) for value in data[:3]]
        return Data(values[0], values[1], values[2], size)

    return cut(slice(0, at), at), cut(slice(at, None), data.size - at)


def _take(value: Any, index: Any) -> Any:
    """Rows of a structure: a view for a slice, one gather for an array of indices."""
    if value is None:
        return None
    if isinstance(value, np.ndarray):
        return value[index] if isinstance(index, slice) else value.take(index, axis=0)
    return tree.map_structure(lambda leaf: None if leaf is None else _take(leaf, index), value)


# Small batches are gathered several at a time, up to this many bytes, and then cut.
_GATHERED = 1 << 18


def _row_bytes(data: Data) -> int:
    leaves = [leaf for leaf in tree.flatten(list(data[:3])) if leaf is not None]
    return sum(leaf.nbytes for leaf in leaves) // max(1, data.size)


def _cut(values: Sequence[Any], count: int, size: int) -> Iterator[Any]:
    """Views of `size` rows of x, y and sample_weight, one after the other."""
    x, y, sample_weight = values
    for start in range(0, count, size):
        index = slice(start, min(start + size, count))
        rows = index.stop - start
        yield _take(x, index), _take(y, index), _take(sample_weight, index), rows


class Batches:
    """Goes over the data in batches, in a new random order for each pass if asked to."""

    def __init__(
        self, data: Data, batch_size: int, seed: SeedGenerator | None, steps: int | None
    ) -> None:
        self.data = data
        self.batch_size = batch_size
        self.seed = seed
        self.per_pass = -(-data.size // batch_size)
        self.steps = steps or self.per_pass
        self._limited = steps is not None
        self._pass: Iterator[Any] | None = None
        self._seen = 0  # batches of the pass so far
        self._start: Any = None  # the generator before the pass
        self._done = 0  # batches of the next epoch that have been

    @property
    def samples(self) -> int | None:
        """How many samples one epoch has."""
        return min(self.data.size, self.steps * self.batch_size)

    def fit_targets(self, function: Callable[[Data], Data]) -> None:
        """Change the targets, once for all batches."""
        self.data = function(self.data)

    def restart(self) -> None:
        """The next epoch starts with the first batch."""
        self._pass = None

    def epoch(self) -> Iterator[Any]:
        """The batches ``(x, y, sample_weight, size)`` of one epoch."""
        done, self._done = self._done, 0
        if not self._limited:
            yield from self._pass or self._one_pass()
            self._pass = None
            return
        if not done and (self._pass is None or self._seen >= self.per_pass):
            self._pass = self._one_pass()
        for _ in range(self.steps - done):
            batch = next(self._pass or iter(()), None)
            if batch is None:
                return
            yield batch

    def position(self, mid_epoch: bool) -> Any:
        """What ``resume`` needs to go on after the last batch; None: with a new pass."""
        if not mid_epoch and not (self._limited and 0 < self._seen < self.per_pass):
            return None
        return {"start": self._start, "seen": self._seen}

    def resume(self, position: Any, done: int) -> None:
        """Go on in the pass of that position; ``done`` batches of the epoch have been."""
        if self.seed is not None:
            self.seed.state = position["start"]
        self._done, self._seen = done, position["seen"]
        self._pass = self._one_pass(position["seen"])

    def _one_pass(self, skip: int = 0) -> Iterator[Any]:
        data, size = self.data, self.batch_size
        self._start, self._seen = None if self.seed is None else self.seed.state, skip
        first = skip * size
        if self.seed is None:
            rest = [_take(value, slice(first, None)) for value in data[:3]]
            yield from self._counted(_cut(rest, data.size - first, size))
            return
        order = permutation(data.size, self.seed)
        together = size * max(1, _GATHERED // max(1, size * _row_bytes(data)))
        for start in range(first, data.size, together):
            index = order[start : start + together]
            rows = [_take(value, index) for value in data[:3]]
            yield from self._counted(_cut(rows, len(index), size))

    def _counted(self, batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            self._seen += 1
            yield batch
