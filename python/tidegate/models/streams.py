"""Data that comes batch by batch: ``PyDataset``, generators, torch's ``DataLoader``, tf.data."""

from __future__ import annotations

import itertools
import sys
import types
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from .. import tree
from ..errors import message
from ..random import SeedGenerator, permutation
from ..utils.batches import unpack_x_y_sample_weight
from ..utils.py_dataset import PyDataset
from .data import Data, class_weights, prepare

__all__ = ["Stream", "is_stream"]


def is_stream(x: Any) -> bool:
    """Whether ``x`` gives batches rather than samples."""
    if isinstance(x, (PyDataset, types.GeneratorType)):
        return True
    return _is_loader(x) or hasattr(x, "element_spec")


def _is_loader(x: Any) -> bool:
    # Only somebody who imported torch can hold one of its loaders.
    module = sys.modules.get("torch.utils.data")
    return module is not None and isinstance(x, module.DataLoader)


class Stream:
    """Goes over the batches of a source, as ``Batches`` goes over arrays.

    Attributes:
        data: the first batch, which the model is built from.
        steps: batches per epoch, None where that is known only at the end.
        samples: None, it is not known.
    """

    def __init__(
        self,
        op: str,
        source: Any,
        options: tuple[int | None, str],
        steps: int | None = None,
        seed: SeedGenerator | None = None,
        class_weight: dict[int, float] | None = None,
    ) -> None:
        self._op = op
        self._source = source
        self._options = options
        keeps = getattr(source, "keeps_order", False)
        self._seed = seed if isinstance(source, PyDataset) and not keeps else None
        self._class_weight = class_weight
        self._limit = steps
        self._length = _length(source)
        if seed is not None and not keeps and (self._seed is None or self._length is None):
            _warn_not_shuffled(type(source).__name__)
        self._pass: Iterator[Any] | None = None
        self._seen = 0  # batches of the pass so far
        self._start: Any = None  # the generator before the pass
        self._done = 0  # batches of the next epoch that have been
        self._fit: Callable[[Data], Data] = _same
        # A generator cannot start again: its first batch is kept for the first epoch.
        self._kept: list[Any] = []
        self._first: Data | None = None

    @staticmethod
    def check(op: str, x: Any, y: Any, sample_weight: Any, class_weight: Any = None) -> None:
        """Raise ValueError for arguments that the source itself must give."""
        kind = type(x).__name__
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(
                    message(op, f"{name} comes with the batches of a {kind}", f"{name} and x")
                )
        if class_weight is not None and not isinstance(x, PyDataset):
            raise ValueError(
                message(
                    op,
                    f"class_weight is not taken with a {kind}",
                    class_weight,
                    "give (x, y, sample_weight)",
                )
            )

    samples = None

    @property
    def batch_size(self) -> int:
        """Rows of the first batch."""
        return self.data.size

    def fit_targets(self, function: Callable[[Data], Data]) -> None:
        """Change the targets of each batch."""
        self._fit = function

    def restart(self) -> None:
        """The next epoch starts with the first batch, where the source can start again."""
        self._pass = None

    @property
    def steps(self) -> int | None:
        """Batches per epoch, where that is known."""
        return self._limit or self._length

    @property
    def data(self) -> Data:
        """The first batch."""
        if self._first is None:
            if isinstance(self._source, PyDataset):
                found = [self._source[0]] if self._length != 0 else []
            else:
                found = [next(iter(self._source), None)]
                if isinstance(self._source, types.GeneratorType):
                    self._kept = found
            if not found or found[0] is None:
                raise ValueError(message(self._op, "there must be at least one batch", "none"))
            self._first = self._convert(found[0])
        return self._first

    def epoch(self) -> Iterator[Any]:
        """The batches ``(x, y, sample_weight, size)`` of one epoch."""
        self._tell("on_epoch_begin")
        done, self._done = self._done, 0
        if self._limit is None:
            yield from self._whole_pass(done)
        else:
            yield from self._limited(self._limit - done)
        self._tell("on_epoch_end")

    def position(self, mid_epoch: bool) -> Any:
        """What ``resume`` needs to go on after the last batch; None: with a new pass."""
        again = self._length is not None and self._seen >= self._length
        if not mid_epoch and (self._limit is None or again):
            return None
        return {"start": self._start, "seen": self._seen}

    def resume(self, position: Any, done: int) -> None:
        """Go on in the pass of that position; ``done`` batches of the epoch have been."""
        if self._seed is not None:
            self._seed.state = position["start"]
        self._done = done
        self._pass = self._one_pass(position["seen"])
        self._seen = position["seen"]

    def _whole_pass(self, done: int) -> Iterator[Any]:
        count = done
        batches, self._pass = self._pass or self._one_pass(), None
        for batch in batches:
            count += 1
            self._seen += 1
            yield self._fit(self._convert(batch))
        if count < (self._length or 1):
            _warn_exhausted()
        self._length = self._length or count

    def _limited(self, limit: int) -> Iterator[Any]:
        for _ in range(limit):
            if self._pass is None:
                self._pass = self._one_pass()
            batch = next(self._pass, None)
            if batch is None:
                self._pass = None
                _warn_exhausted()
                return
            self._seen += 1
            yield self._fit(self._convert(batch))
        if self._length and self._seen >= self._length:
            self._pass = None

    def _one_pass(self, skip: int = 0) -> Iterator[Any]:
        source = self._source
        self._start, self._seen = None if self._seed is None else self._seed.state, skip
        if isinstance(source, PyDataset):
            return _numbered(source, itertools.islice(self._order(), skip, None))
        if isinstance(source, types.GeneratorType):
            kept, self._kept = self._kept, []
            source = itertools.chain(kept, source)
        return itertools.islice(source, skip, None)

    def _order(self) -> Iterator[int]:
        count = self._length
        if count is None:
            return itertools.count()
        if self._seed is None:
            return iter(range(count))
        return iter(permutation(count, self._seed).tolist())

    def _tell(self, hook: str) -> None:
        if isinstance(self._source, PyDataset):
            getattr(self._source, hook)()

    def _convert(self, batch: Any) -> Data:
        inputs, kind = self._options
        x, y, sample_weight = unpack_x_y_sample_weight(batch)
        parts = [_arrays(part) for part in (x, y, sample_weight)]
        data = prepare(self._op, parts[0], parts[1], parts[2], inputs, kind)
        if self._class_weight is None:
            return data
        if data.sample_weight is not None:
            raise ValueError(
                message(self._op, "class_weight and sample_weight cannot both be given")
            )
        return data._replace(sample_weight=class_weights(self._op, data.y, self._class_weight))


def _same(data: Data) -> Data:
    return data


def _length(source: Any) -> int | None:
    if isinstance(source, PyDataset):
        return source.num_batches
    if isinstance(source, types.GeneratorType):
        return None
    try:
        return len(source)
    except TypeError:
        return None


def _numbered(source: PyDataset, order: Iterator[int]) -> Iterator[Any]:
    """The batches of these numbers in their order, made ahead by threads if there are several."""
    workers = source.workers
    if workers <= 1:
        for number in order:
            yield source[number]
        return
    # Imported where it is used: it costs as much as some of our packages.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Any] = deque()
        try:
            for number in order:
                waiting.append(pool.submit(source.__getitem__, number))
                if len(waiting) >= max(source.max_queue_size, workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _arrays(part: Any) -> Any:
    """Tensors of other packages as arrays; nothing else is touched."""
    if part is None:
        return None
    return tree.map_structure(lambda x: x.numpy() if hasattr(x, "detach") else x, part)


def _warn_not_shuffled(kind: str) -> None:
    warnings.warn(
        f"`shuffle=True` was passed, but will be ignored since the data `x` was provided as a "
        f"{kind}, whose batches come in its own order. Pass `shuffle=False` to say that you know.",
        stacklevel=5,
    )


def _warn_exhausted() -> None:
    warnings.warn(
        "Your input ran out of data; interrupting training. Make sure that your dataset or "
        "generator can generate at least `steps_per_epoch * epochs` batches. You may need to use "
        "the `.repeat()` function when building your dataset.",
        stacklevel=4,
    )
