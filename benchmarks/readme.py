"""The figures in README.md, from the reports in `results/`: no number there is written by hand.

    python benchmarks/readme.py            print the part of README.md between the two marks
    python benchmarks/readme.py --write    put it there

A test compares README.md with what this prints.
"""

from __future__ import annotations

import argparse
import json
import math
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
README = ROOT / "README.md"
BEGIN = "<!-- figures: written by benchmarks/readme.py -->"
END = "<!-- figures: end -->"

NAMES = {"ort": "onnxruntime", "keras": "Keras"}
CELLS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}
STEPS = (8, 32)

Row = dict[str, Any]
Report = dict[str, Any]


def load(name: str) -> Report:
    return json.loads((RESULTS / f"{name}.json").read_text())


def _name(label: str) -> str:
    return NAMES.get(label, label)


def _ratio(row: Row, peer: str) -> str:
    return f"{row['ratios']['tidegate'][peer]:.2f}x"


def _fastest(row: Row) -> float:
    return row["ratios"]["tidegate"][row["fastest"]]


def _text(paragraph: str) -> list[str]:
    return textwrap.wrap(paragraph, 100, break_on_hyphens=False)


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> list[str]:
    head = list(head)
    rule = "|" + "---|" * len(head)
    return ["| " + " | ".join(head) + " |", rule, *("| " + " | ".join(c) + " |" for c in lines)]


def conditions(report: Report) -> list[str]:
    """Which machine, which versions, what a row is."""
    machine, task = report["machine"], report["rows"][0]["task"]
    peak = max(limit["gflops"] for name, limit in report["limits"].items() if name.endswith(", 1"))
    versions: dict[str, str] = {}
    for label, found in report["versions"].items():
        if not label.startswith("tidegate"):
            versions |= {n: v.split("-")[0].split("+")[0] for n, v in found.items()}
    peers = ", ".join(f"{_name(name)} {version}" for name, version in versions.items())
    return _text(
        f"Measured {report['date']} on {machine['cores']} cores ({machine['cpu']}, FMA peak "
        f"{peak:.0f} GFLOP/s per core that day), float32; {peers}; medians of pairs over "
        f"{report['rounds']} rounds. One layer, batch {task['batch']}, {task['steps']} steps, "
        f"input {task['input_dim']}, {task['units']} units; `1.33x` is the time of the peer over "
        "that of tidegate; training is forward, backward and the gradients of x, W, U and b:"
    )


def layers(report: Report) -> list[str]:
    """A line for each row: time, share of the peak, the fastest peer, torch, Keras."""
    lines = []
    for row in report["rows"]:
        entry = row["timed"]["tidegate"]
        lines.append(
            [
                f"{CELLS[row['task']['cell']]} {row['kind']}",
                str(row["threads"]),
                f"{entry['ms']:.2f} ms",
                f"{entry['share']:.0%}".replace("%", " %"),
                f"{_name(row['fastest'])} ({_ratio(row, row['fastest'])})",
                _ratio(row, "torch"),
                _ratio(row, "keras"),
            ]
        )
    head = ("", "threads", "tidegate", "share of peak", "fastest peer", "torch", "Keras")
    return _table(head, lines)


def fits(report: Report) -> list[str]:
    """Samples per second of `fit`, ours and the peers'."""
    lines = []
    for row in report["rows"]:
        both = "Bidirectional " if row["task"]["bidirectional"] else ""
        rates = [f"{row['timed'][p]['samples_per_second']:,.0f}" for p in ("tidegate", "keras")]
        rates.append(f"{row['timed']['torch']['samples_per_second']:,.0f}")
        lines.append([both + CELLS[row["task"]["cell"]], *rates])
    return _table(("samples per second", "tidegate", "Keras", "torch"), lines)


def steps(report: Report) -> list[str]:
    """Microseconds of one step, and the fastest peer."""
    rows = {(row["task"]["cell"], row["task"]["units"]): row for row in report["rows"]}
    lines = []
    for cell in ("simple_rnn", "lstm", "gru"):
        line = [CELLS[cell]]
        for units in STEPS:
            row = rows[cell, units]
            line.append(f"{row['timed']['tidegate']['ms'] * 1e3:.2f} us")
            line.append(f"{_name(row['fastest'])} ({_fastest(row):.0f}x)")
        lines.append(line)
    head = [""]
    for units in STEPS:
        head += [f"{units} units", "fastest peer"]
    return _table(head, lines)


def whole_grid(report: Report) -> list[str]:
    """The range and the mean of every row of the grid."""
    ratios = [_fastest(row) for row in report["rows"]]
    ahead = sum(ratio > 1 for ratio in ratios)
    means = []
    for kind in ("inference", "training"):
        each = []
        for threads in (1, 2):
            of = [
                math.log(_fastest(row))
                for row in report["rows"]
                if (row["kind"], row["threads"]) == (kind, threads)
            ]
            each.append(f"{math.exp(sum(of) / len(of)):.2f}")
        means.append(f"{' and '.join(each)} of {kind}")
    layers = len({row["row"] for row in report["rows"]})
    return _text(
        f"On the whole grid ({layers} layers, batch 1 to 64, 64 to 1,024 inputs, 128 to 1,024 "
        f"units; inference and training, one thread and two) tidegate is ahead of every peer at "
        f"{ahead} of {len(ratios)} rows: the fastest peer takes {min(ratios):.2f} to "
        f"{max(ratios):.2f} times as long; the geometric means with one thread and with two are "
        f"{', '.join(means)}."
    )


def render() -> str:
    """The whole part, marks included."""
    lines = [
        BEGIN,
        *conditions(load("main")),
        "",
        *layers(load("main")),
        "",
        "![Time of each peer over that of tidegate, and GFLOP/s beside the measured peak]"
        "(benchmarks/results/main.png)",
        "",
        *_text(
            "`fit` of `Embedding(5000, 64, mask_zero=True)`, a cell of 128 units and `Dense(1)` on "
            "1,024 sequences of 10 to 200 steps, 2 threads:"
        ),
        "",
        *fits(load("fit")),
        "",
        "One step at batch 1, called from Python, input as wide as the layer:",
        "",
        *steps(load("step")),
        "",
        *whole_grid(load("grid")),
        END,
    ]
    return "\n".join(lines) + "\n"


def parts(text: str) -> tuple[str, str, str]:
    """README.md before, between (marks included) and after the marks."""
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END + "\n")
    return before, BEGIN + inside + END + "\n", after


def main() -> None:
    parser = argparse.ArgumentParser(description="The figures in README.md.")
    parser.add_argument("--write", action="store_true", help="put them there")
    if not parser.parse_args().write:
        print(render(), end="")
        return
    before, _, after = parts(README.read_text())
    README.write_text(before + render() + after)


if __name__ == "__main__":
    main()
