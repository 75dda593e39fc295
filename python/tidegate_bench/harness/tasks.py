"""What is timed: the grid of layers, the single steps, the whole fits.

A row is written `lstm-32-100-64-128` (cell, B, T, I, H), a step `lstm-64` (I = H = 64, B = 1), a
fit `lstm` or `lstm-mask` for the tutorials' sizes, `lstm-20-8` for T 20 and I = H = 8.
"""

from __future__ import annotations

from dataclasses import dataclass

GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}
SHORT = {"rnn": "simple_rnn", "lstm": "lstm", "gru": "gru", "bilstm": "lstm", "bigru": "gru"}
KINDS = ("inference", "training", "step", "fit")


@dataclass(frozen=True)
class Task:
    """One thing to time: `kind` is inference, training, step or fit."""

    kind: str
    cell: str
    batch: int
    steps: int
    input_dim: int
    units: int
    bidirectional: bool = False
    mask: bool = False

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def gates(self) -> int:
        return GATES[self.cell]

    @property
    def name(self) -> str:
        short = ("bi" if self.bidirectional else "") + self.cell.replace("simple_", "")
        if self.kind == "fit":
            usual = (self.steps, self.units) == FIT_SIZES
            sizes = "" if usual else f"-{self.steps}-{self.units}"
            return short + sizes + ("-mask" if self.mask else "")
        if self.kind == "step":
            return f"{short}-{self.units}"
        return f"{short}-{self.batch}-{self.steps}-{self.input_dim}-{self.units}"

    @property
    def flop(self) -> float:
        """Multiplications and additions of the products; training costs three times a forward."""
        columns = self.gates * self.units * self.directions
        forward = 2.0 * self.batch * self.steps * columns * (self.input_dim + self.units)
        return forward * (3.0 if self.kind == "training" else 1.0)

    @property
    def least_bytes(self) -> int:
        """Bytes that have to move in float32, whoever computes.

        The recurrence needs all of U in every step of a sweep, forward and, if training, back;
        all else is read or written once: W, b, x, y, and in training their gradients.
        """
        weights = self.gates * self.units * (self.input_dim + 1) * self.directions
        values = self.batch * self.steps * (self.input_dim + self.units * self.directions)
        sweep = self.steps * self.recurrent_bytes + 4 * (weights + values)
        return 2 * sweep + self.recurrent_bytes if self.kind == "training" else sweep

    @property
    def intensity(self) -> float:
        """FLOP per byte that has to move: where the row stands below the roofline."""
        return self.flop / self.least_bytes

    @property
    def recurrent_bytes(self) -> int:
        """Bytes of U that each step has to read, in float32."""
        return 4 * self.gates * self.units * self.units * self.directions


# The three cells at the size of the tutorials' models: the rows that every change is held to.
MAIN = ("lstm-32-100-64-128", "gru-32-100-64-128", "rnn-32-100-64-128")
GRID = (
    "lstm-1-100-64-128",
    "lstm-1-100-512-512",
    "lstm-32-100-64-128",
    "lstm-32-100-256-256",
    "lstm-64-50-512-512",
    "lstm-32-50-1024-1024",
    "bilstm-32-100-128-128",
    "gru-1-100-64-128",
    "gru-32-100-64-128",
    "gru-64-50-512-512",
    "rnn-32-100-64-128",
    "rnn-64-50-512-512",
)
STEPS = {
    "quick": ("lstm-32", "gru-32"),
    "main": tuple(f"{cell}-{units}" for cell in ("lstm", "gru", "rnn") for units in (8, 16, 32)),
    "all": tuple(
        f"{cell}-{units}"
        for cell in ("lstm", "gru", "rnn")
        for units in (8, 16, 32, 64, 128, 256, 512)
    ),
}
FIT_SIZES = (200, 128)
FITS = {
    "quick": ("lstm-mask",),
    "main": ("rnn-mask", "lstm-mask", "gru-mask", "bilstm-mask"),
    "all": tuple(f"{c}{mask}" for c in ("rnn", "lstm", "gru", "bilstm") for mask in ("", "-mask")),
    "small": tuple(f"{c}-20-{units}" for c in ("rnn", "lstm", "gru") for units in (8, 16, 32)),
}


def parse(kind: str, row: str) -> Task:
    """The task of that name."""
    word, *rest = row.split("-")
    wanted = {"inference": (4,), "training": (4,), "step": (1,), "fit": (0, 2)}[kind]
    numbers = [int(part) for part in rest if part.isdigit()]
    words = [part for part in rest if not part.isdigit()]
    if word not in SHORT or len(numbers) not in wanted or words not in ([], ["mask"]):
        raise ValueError(
            f"[bench] a row of {kind} is a cell among {', '.join(SHORT)} and "
            f"{' or '.join(map(str, wanted))} sizes. Received: {row!r}. Hint: lstm-32-100-64-128, "
            "for step lstm-64, for fit lstm-mask or lstm-20-8."
        )
    cell, both = SHORT[word], word.startswith("bi")
    if kind == "step":
        return Task(kind, cell, 1, 1, numbers[0], numbers[0], both)
    if kind == "fit":
        steps, units = numbers or FIT_SIZES
        return Task(kind, cell, 32, steps, units if numbers else 64, units, both, bool(words))
    batch, steps, inputs, units = numbers
    return Task(kind, cell, batch, steps, inputs, units, both)


def select(kind: str, rows: list[str]) -> list[Task]:
    """The tasks of `quick`, `main`, `all`, `small` (fits) or of rows by name."""
    named: dict[str, tuple[str, ...]] = {"quick": MAIN, "main": MAIN, "all": GRID}
    if kind in ("step", "fit"):
        named = {"step": STEPS, "fit": FITS}[kind]
    names = [name for row in rows for name in named.get(row, (row,))]
    return [parse(kind, name) for name in dict.fromkeys(names)]
