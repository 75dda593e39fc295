"""Exported C on emulated Cortex-M4 and M7 boards: the bits of the runtime, sizes, instructions."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tidegate.layers import GRU, LSTM, Activation, Dense, Embedding, Input, SimpleRNN
from tidegate.models import Sequential

EXAMPLE = Path(__file__).parents[2] / "examples" / "microcontroller"
TOOLS = ("make", "arm-none-eabi-gcc", "qemu-system-arm")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
# .ci/full installs them and counts a skipped test as a failure.
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

WEIGHTS = ("float32", "int8")
INSTRUCTIONS_PER_TICK = 40  # 25 MHz, where qemu lets an instruction take a nanosecond


def make(folder: Path, target: str, cpu: str) -> subprocess.CompletedProcess[str]:
    """The example's Makefile on the model in ``folder``."""
    command = ["make", "-s", "-C", str(EXAMPLE), target, f"OUT={folder}", f"CPU={cpu}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def figures(text: str) -> dict[str, int]:
    """Lines "name: number"."""
    return {name: int(number) for name, number in re.findall(r"^(.*): (\d+)$", text, re.MULTILINE)}


def noisy(*layers: Any) -> Any:
    """A model with other weights than initial ones, biases too."""
    model = Sequential(list(layers))
    rng = np.random.default_rng(7)
    model.set_weights([w + rng.normal(scale=0.3, size=w.shape) for w in model.get_weights()])
    return model


def models() -> dict[str, Any]:
    """Every layer and function that C knows."""
    sequence = {"return_sequences": True}
    return {
        "lstm": noisy(Input((None, 3)), LSTM(9, **sequence), Dense(2, "sigmoid")),
        "gru": noisy(Input((None, 5)), GRU(11, **sequence), GRU(4, reset_after=False)),
        "ids": noisy(
            Input((None,)),
            Embedding(19, 6),
            SimpleRNN(7, activation="hard_sigmoid", **sequence),
            Dense(5, "relu"),
            Dense(19),
            Activation("softmax"),
        ),
    }


@pytest.mark.parametrize("cpu", ["m4", "m7"])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("name", ["lstm", "gru", "ids"])
def test_a_board_computes_the_bits_of_the_runtime(
    name: str, weights: str, cpu: str, tmp_path: Path
) -> None:
    source = tmp_path / "model.c"
    models()[name].export(source, weights=weights, freestanding=True)
    done = make(tmp_path, "self-test", cpu)
    assert done.returncode == 0, done.stdout + done.stderr
    text = source.read_text()
    first = re.search(r"stored_y.*\n    \{(\d+)", text)
    assert first is not None
    other = str(int(first[1]) ^ 1)  # the last bit of the first result
    source.write_text(text[: first.start(1)] + other + text[first.end(1) :])
    assert "Error 1" in make(tmp_path, "self-test", cpu).stderr


@pytest.fixture(scope="module", params=WEIGHTS)
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, dict[str, int]]:
    """The kind of weights, what model.py writes, what it says that the board must recognise."""
    folder = tmp_path_factory.mktemp("example")
    command = [sys.executable, str(EXAMPLE / "model.py"), "--out", str(folder)]
    command += ["--weights", request.param]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return request.param, folder, figures(done.stdout)


@pytest.mark.parametrize("cpu", ["m4", "m7"])
def test_the_example_recognises_on_the_board_what_it_recognises_here(
    cpu: str, example: tuple[str, Path, dict[str, int]]
) -> None:
    weights, folder, expected = example
    done = make(folder, "run", cpu)
    assert done.returncode == 0, done.stdout + done.stderr
    found = figures(done.stdout)
    assert found["recognised"] == expected["recognised"] >= 0.95 * found["windows"]
    assert found["windows"] == expected["windows"] == 200
    instructions = found["ticks per 1000 steps"] * INSTRUCTIONS_PER_TICK / 1000
    print(f"{weights}, {cpu}: {instructions:.0f} instructions a step, {memory(folder / cpu)}")
    # A step has 4,704 multiply-adds; whole numbers are multiplied two at a time.
    assert 4_704 < instructions < {"float32": 22_000, "int8": 17_000}[weights]


def memory(folder: Path) -> dict[str, int]:
    """Bytes of the model alone: from the linker's map, and the stack that the compiler counted."""
    linked = (folder / "main.map").read_text().split("Linker script and memory map")[1]

    def bytes_of(sections: str, file: str) -> int:
        pattern = rf"^ \.(?:{sections})\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) \S*/{file}\.o$"
        return sum(int(size, 16) for size in re.findall(pattern, linked, re.MULTILINE))

    used = (folder / "model.su").read_text()
    stack = sum(int(size) for size in re.findall(r"\t(\d+)\tstatic$", used, re.MULTILINE))
    assert len(used.splitlines()) == used.count("\tstatic\n")
    state = bytes_of("bss.state", "main")
    assert state > 0
    return {
        "flash": bytes_of("text|rodata|data", "model"),
        "RAM": state + stack + bytes_of("data|bss", "model"),
    }


def test_a_gru_of_32_units_is_small(example: tuple[str, Path, dict[str, int]]) -> None:
    """32 units on 16 inputs and a Dense head. The bar for int8 is 24,000 and 2,000 bytes."""
    weights, folder, _ = example
    assert make(folder, "run", "m4").returncode == 0
    found = memory(folder / "m4")
    size = {"float32": 4, "int8": 1}[weights]
    assert size * 4_704 < found["flash"] < size * 4_704 + 4_000
    assert 4 * 2 * 32 <= found["RAM"] < 600
