"""What a step of `fit` costs beside the arithmetic: units so small that kernels have little to do.

Three recurrent layers with one unit and a Dense(1), Adam, one thread. A step at B 32, T 20 is split
into the time inside the compiled core and the rest, which is Python; at B 1, T 1 nothing is left to
compute, and the whole step is overhead.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any
from unittest import mock

import numpy as np

import tidegate
from tidegate import GradientTape, _core, layers, models
from tidegate.models.compiling import CompiledLoss
from tidegate.models.trainer import Trainer
from tidegate.optimizers.optimizer import Optimizer
from tidegate_bench.promises.figures import Figure

LIMIT_US = 120.0
CELLS = ("LSTM", "GRU", "SimpleRNN")
BATCH, STEPS, FEATURES = 32, 20, 8
ROUNDS, BATCHES = 9, 400

CORE = (
    "RecurrentWeights",
    "recurrent_forward",
    "recurrent_backward",
    "DenseWeights",
    "dense_forward",
    "dense_backward",
    "optimizer_step",
)
HOPS: tuple[tuple[str, Any, str], ...] = (
    ("forward", models.Sequential, "__call__"),
    ("loss", CompiledLoss, "__call__"),
    ("gradient", GradientTape, "gradient"),
    ("optimizer", Optimizer, "apply"),
    ("metrics", Trainer, "compute_metrics"),
)
LOOP = "loop, batches, tape"


class _Watch:
    """Seconds within functions of the step, and within the core below each of them."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self.core: defaultdict[str, float] = defaultdict(float)
        self._hop = LOOP

    def around(self, hop: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer, self._hop = self._hop, hop
            begin = perf_counter()
            result = function(*args, **kwargs)
            self.spent[hop] += perf_counter() - begin
            self._hop = outer
            return result

        return timed

    def inside(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            begin = perf_counter()
            result = function(*args, **kwargs)
            self.core[self._hop] += perf_counter() - begin
            return result

        return timed


@contextmanager
def _watched(hops: bool) -> Iterator[_Watch]:
    watch = _Watch()
    with ExitStack() as scope:
        for name in CORE:
            timed = watch.inside(getattr(_core, name))
            scope.enter_context(mock.patch.object(_core, name, timed))
        for hop, owner, name in HOPS if hops else ():
            timed = watch.around(hop, getattr(owner, name))
            scope.enter_context(mock.patch.object(owner, name, timed))
        yield watch


def _fit(cell: str, batch: int, steps: int) -> Callable[[], float]:
    """Microseconds per step of one epoch, after a first one."""
    layer = getattr(layers, cell)
    model = models.Sequential(
        [
            layers.Input((steps, FEATURES)),
            layer(1, return_sequences=True),
            layer(1, return_sequences=True),
            layer(1),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    x = np.random.default_rng(0).normal(size=(batch * BATCHES, steps, FEATURES))
    x = x.astype(np.float32)
    y = (x.sum((1, 2)) > 0).astype(np.float32)

    def run() -> float:
        begin = perf_counter()
        model.fit(x, y, batch_size=batch, verbose=0)
        return (perf_counter() - begin) / BATCHES * 1e6

    run()
    return run


def _per_step(rounds: list[dict[str, float]], hop: str) -> float:
    return statistics.median(seconds.get(hop, 0.0) for seconds in rounds) / BATCHES * 1e6


def _whole_and_core(cell: str, batch: int, steps: int) -> tuple[float, float]:
    """Medians over fits: the whole step, and its time inside the core."""
    run = _fit(cell, batch, steps)
    whole = statistics.median(run() for _ in range(ROUNDS))
    core = []
    for _ in range(ROUNDS):
        with _watched(hops=False) as watch:
            run()
        core.append(dict(watch.core))
    return whole, _per_step(core, LOOP)


def _profile(cell: str) -> list[Figure]:
    """Which hop costs what: Python, then core, as medians over fits."""
    run = _fit(cell, BATCH, STEPS)
    python: list[dict[str, float]] = []
    core: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        with _watched(hops=True) as watch:
            whole = run() * BATCHES / 1e6
        watch.spent[LOOP] = whole - sum(watch.spent.values())
        core.append(dict(watch.core))
        python.append({hop: watch.spent[hop] - watch.core[hop] for hop in watch.spent})
    figures = []
    for hop in (*(hop for hop, _, _ in HOPS), LOOP):
        figures.append(Figure(f"  {hop}: Python", _per_step(python, hop), "us"))
        inside = _per_step(core, hop)
        if inside:
            figures.append(Figure(f"  {hop}: core", inside, "us"))
    return figures


def measure(_: Any = None) -> list[Figure]:
    """Whole step, core, Python for each cell; the hops of the LSTM's."""
    tidegate.set_num_threads(1)
    figures = []
    for cell in CELLS:
        what = f"fit, 3 {cell}(1) + Dense(1), a step"
        whole, core = _whole_and_core(cell, BATCH, STEPS)
        figures.append(Figure(f"{what}, B {BATCH}, T {STEPS}", whole, "us"))
        figures.append(Figure("  inside the compiled core", core, "us"))
        figures.append(Figure("  Python", whole - core, "us", LIMIT_US))
        nothing, core = _whole_and_core(cell, 1, 1)
        figures.append(Figure(f"{what}, B 1, T 1", nothing, "us", LIMIT_US))
        figures.append(Figure("  inside the compiled core", core, "us"))
        if cell == CELLS[0]:
            figures.append(
                Figure(f"hops of a step of the {cell}, B {BATCH}, T {STEPS}", whole, "us")
            )
            figures.extend(_profile(cell))
    return figures
