"""Random configurations of the recurrent cells: one `Case` is a layer, its input and its gradients.

A case is drawn from a seed alone, so the seed in a test's name reproduces a failure. Every array is
float64; `Case.cast` gives the same numbers in another dtype.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tidegate.reference import CELLS, Run, Weights, recurrent_backward, recurrent_forward
from tidegate.reference.bptt import Gradients

SMOOTH = ("tanh", "sigmoid")
ALL_ACTIVATIONS = ("tanh", "sigmoid", "relu", "linear", "hard_sigmoid")
UNBOUNDED = ("relu", "linear")
MASK_KINDS = ("none", "full", "right", "left", "holes", "empty_rows")
CELL_FORMS = (("simple_rnn", True), ("lstm", True), ("gru", True), ("gru", False))
FORM_IDS = ("simple_rnn", "lstm", "gru_after", "gru_before")


@dataclass(frozen=True, repr=False)
class Case:
    """One layer of one or two directions with everything that goes in."""

    seed: int
    cell: str
    reset_after: bool
    x: np.ndarray  # [B, T, I]
    weights: tuple[Weights, ...]
    initial_state: tuple[tuple[np.ndarray, ...], ...] | None
    mask_kind: str
    mask: np.ndarray | None  # [B, T]
    go_backwards: tuple[bool, ...]
    activation: str
    recurrent_activation: str
    return_sequences: bool
    time_order: bool
    zero_output_for_mask: bool
    x_dropout: tuple[np.ndarray | None, ...] | None
    h_dropout: tuple[np.ndarray | None, ...] | None
    dy: np.ndarray
    dstates: tuple[tuple[np.ndarray, ...], ...] | None

    @property
    def units(self) -> int:
        return self.weights[0].units

    def __repr__(self) -> str:
        """What was drawn, without the arrays: enough to see which path a failure took."""
        flags = [
            name
            for name in ("reset_after", "return_sequences", "time_order", "zero_output_for_mask",
                         "initial_state", "x_dropout", "h_dropout", "dstates")
            if getattr(self, name)
        ]  # fmt: skip
        batch, steps, input_dim = self.x.shape
        bias = "bias" if self.weights[0].bias is not None else "no bias"
        return (
            f"Case({self.seed}: {self.cell} B {batch} T {steps} I {input_dim} H {self.units}, "
            f"{self.activation}/{self.recurrent_activation}, mask {self.mask_kind}, "
            f"backwards {self.go_backwards}, {bias}, {', '.join(flags)})"
        )

    def keywords(self) -> dict[str, object]:
        """The keywords that `reference.recurrent_forward` takes."""
        names = (
            "initial_state", "mask", "go_backwards", "activation", "recurrent_activation",
            "return_sequences", "time_order", "zero_output_for_mask", "x_dropout", "h_dropout",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def run(self, **changes: object) -> Run:
        """The oracle, forward."""
        return recurrent_forward(
            self.cell,
            self.x,
            self.weights,
            **(self.keywords() | changes),  # type: ignore[arg-type]
        )

    def gradients(self) -> Gradients:
        """The oracle, backward."""
        return recurrent_backward(self.run(), self.dy, self.dstates)

    def rows(self, rows: slice) -> Case:
        """Some rows of the batch, without dropout factors."""

        def pick(group: object) -> object:
            if isinstance(group, np.ndarray):
                return np.ascontiguousarray(group[rows])
            return None if group is None else tuple(pick(g) for g in group)  # type: ignore[attr-defined]

        fields = ("x", "mask", "initial_state", "dy", "dstates")
        picked = {name: pick(getattr(self, name)) for name in fields}
        return replace(self, x_dropout=None, h_dropout=None, **picked)  # type: ignore[arg-type]

    def cast(self, dtype: str) -> Case:
        """The same case with every floating array rounded to dtype."""

        def one(value: object) -> object:
            if isinstance(value, np.ndarray):
                return value.astype(dtype) if value.dtype.kind == "f" else value
            if isinstance(value, Weights):
                arrays = (one(value.kernel), one(value.recurrent_kernel), one(value.bias))
                return Weights(*arrays, value.reset_after)  # type: ignore[arg-type]
            return tuple(one(v) for v in value) if isinstance(value, tuple) else value

        fields = ("x", "weights", "initial_state", "x_dropout", "h_dropout", "dy", "dstates")
        return replace(self, **{name: one(getattr(self, name)) for name in fields})


def draw_mask(rng: np.random.Generator, kind: str, batch: int, steps: int) -> np.ndarray | None:
    """A mask [B, T] of that kind."""
    if kind == "none":
        return None
    if kind == "full":
        return np.ones((batch, steps), bool)
    lengths = rng.integers(1, steps + 1, batch)
    if kind == "right":
        return np.arange(steps) < lengths[:, None]
    if kind == "left":
        return np.arange(steps) >= steps - lengths[:, None]
    mask = rng.random((batch, steps)) < 0.6
    if kind == "empty_rows":
        mask[rng.integers(0, batch)] = False
    return mask


def draw_weights(
    rng: np.random.Generator, cell: str, input_dim: int, units: int, use_bias: bool,
    reset_after: bool, default_bias: bool,
) -> Weights:  # fmt: skip
    """Keras' default initializers: Glorot uniform, orthogonal, zeros with a forget bias of one."""
    columns = CELLS[cell].gates * units
    limit = math.sqrt(6 / (input_dim + columns))
    kernel = rng.uniform(-limit, limit, (input_dim, columns))
    q, r = np.linalg.qr(rng.normal(size=(columns, units)))
    recurrent = np.ascontiguousarray((q * np.sign(np.diag(r))).T)
    bias = None
    if use_bias:
        shape = (2, columns) if cell == "gru" and reset_after else (columns,)
        bias = np.zeros(shape) if default_bias else rng.normal(0, 0.3, shape)
        if cell == "lstm":
            bias[units : 2 * units] += 1
    return Weights(kernel, recurrent, bias, reset_after)


def _draw_factors(
    rng: np.random.Generator, kind: str, cell: str, count: int, batch: int, width: int, part: str
) -> tuple[np.ndarray | None, ...] | None:
    """Dropout masks of Keras' shapes: shared by the gates, or one per gate if h is dropped too."""
    if kind == "none" or (part == "h" and kind == "x"):
        return None
    if part == "x" and kind == "h":
        return None
    gates = 1 if kind == "x" else CELLS[cell].gates
    return tuple(
        (rng.random((gates, batch, width)) < 0.7).astype(np.float64) / 0.7 for _ in range(count)
    )


def well_conditioned(case: Case) -> bool:
    """Whether plain float32 holds the answer to 1e-6, array by array.

    Linear and relu gates multiply states with states, so a few steps may grow doubly exponentially;
    1 - y^2 of a saturated tanh cancels, and shows where a layer has one unit and a gradient one
    element. No float32 implementation agrees with another there, and nothing is to be learnt.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        exact, rounded = case.gradients(), case.cast("float32").gradients()
        pairs = [(rounded.dx, exact.dx)]
        for ours, theirs in zip(rounded.weights + rounded.states, exact.weights + exact.states):
            pairs += [(a, e) for a, e in zip(ours, theirs) if a is not None]
        return all(
            relative(a, e) <= 1e-6 and float(np.abs(e).max(initial=0)) < 1e3 for a, e in pairs
        )


def first_case(seed: int, accept: Callable[[Case], bool], **pinned: object) -> Case:
    """The first case of that seed that is accepted; keywords as of `draw`."""
    for attempt in range(300):
        case = draw(seed, attempt, **pinned)  # type: ignore[arg-type]
        if accept(case):
            return case
    raise AssertionError(f"no case is accepted for seed {seed} and {pinned}")


def draw_case(seed: int, **pinned: object) -> Case:
    """The first well-conditioned case of that seed."""
    return first_case(seed, well_conditioned, **pinned)


def draw_torch_case(seed: int, form: tuple[str, bool]) -> Case:
    """A case that torch.nn can express: tanh and sigmoid, no dropout, right padding or none."""
    kind = ("none", "right", "full")[seed % 3]
    case = draw_case(seed, form=form, activations=(), mask_kind=kind, dropout="none", max_steps=12)
    # Padding is zeros in torch's packed sequences; a direction alone never runs backwards there.
    return replace(
        case,
        go_backwards=(False, True)[: len(case.weights)],
        zero_output_for_mask=case.return_sequences,
    )


def draw(
    seed: int,
    attempt: int = 0,
    *,
    form: tuple[str, bool] | None = None,
    sizes: tuple[int, int, int, int] | None = None,
    max_steps: int = 8,
    activations: tuple[str, ...] = ALL_ACTIVATIONS,
    directions: int | None = None,
    mask_kind: str | None = None,
    dropout: str | None = None,
) -> Case:
    """A case drawn from a seed; keywords pin what the caller wants fixed.

    sizes is (B, T, I, H). Unbounded activations never see more than 8 steps, where an untrained
    recurrence could grow without limit.
    """
    rng = np.random.default_rng([2, seed, attempt])
    cell, reset_after = form or CELL_FORMS[rng.integers(len(CELL_FORMS))]
    default = rng.random() < 0.4 or not activations
    activation = "tanh" if default else str(rng.choice(activations))
    recurrent_activation = "sigmoid" if default else str(rng.choice(activations))
    if set(UNBOUNDED) & {activation, recurrent_activation}:
        max_steps = min(max_steps, 8)
    batch, steps, input_dim, units = sizes or (
        int(rng.integers(1, 5)), int(rng.integers(1, max_steps + 1)),
        int(rng.choice([1, 2, 3, 5, 7])), int(rng.choice([1, 2, 3, 4, 5, 7])),
    )  # fmt: skip
    count = directions or int(rng.choice([1, 1, 2]))
    backwards = (False, True) if count == 2 else (bool(rng.random() < 0.4),)
    kind = mask_kind or str(rng.choice(MASK_KINDS))
    drop = dropout or str(rng.choice(["none", "none", "x", "h", "both"]))
    use_bias, default_bias = rng.random() < 0.7, rng.random() < 0.5
    states = CELLS[cell].states

    def state_arrays() -> tuple[tuple[np.ndarray, ...], ...]:
        return tuple(
            tuple(rng.normal(0, 0.5, (batch, units)) for _ in range(states)) for _ in range(count)
        )

    return_sequences = bool(rng.random() < 0.6)
    shape = (batch, steps, count * units) if return_sequences else (batch, count * units)
    return Case(
        seed=seed, cell=cell, reset_after=reset_after,
        x=rng.normal(size=(batch, steps, input_dim)),
        weights=tuple(
            draw_weights(rng, cell, input_dim, units, use_bias, reset_after, default_bias)
            for _ in range(count)
        ),
        initial_state=state_arrays() if rng.random() < 0.5 else None,
        mask_kind=kind, mask=draw_mask(rng, kind, batch, steps),
        go_backwards=backwards, activation=activation, recurrent_activation=recurrent_activation,
        return_sequences=return_sequences, time_order=count == 2,
        zero_output_for_mask=bool(return_sequences if count == 2 else rng.random() < 0.3),
        x_dropout=_draw_factors(rng, drop, cell, count, batch, input_dim, "x"),
        h_dropout=_draw_factors(rng, drop, cell, count, batch, units, "h"),
        dy=rng.normal(size=shape), dstates=state_arrays() if rng.random() < 0.6 else None,
    )  # fmt: skip


def relative(actual: np.ndarray, expected: np.ndarray) -> float:
    """|actual - expected| / |expected| in the 2-norm; absolute where expected is zero."""
    expected = np.asarray(expected, np.float64)
    difference = float(np.linalg.norm(np.asarray(actual, np.float64) - expected))
    return difference / (float(np.linalg.norm(expected)) or 1.0)
