"""Each example, run as a person would run it, reaches its figure (and so does the demo)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidegate import runtime
from tidegate.datasets import movie_reviews, shakespeare

pytestmark = pytest.mark.slow
FOLDER = Path(__file__).parents[2] / "examples"


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    return done.stdout


def test_demo(tmp_path):
    out = run("-m", "tidegate", "demo", "--out", str(tmp_path))
    assert "the same bits as the sequence call" in out
    assert (tmp_path / "seattle.weights.safetensors").is_file()


def test_next_number(tmp_path):
    file = tmp_path / "numbers.tide"
    out = run(str(FOLDER / "next_number.py"), "--export", str(file))
    assert "after   16  expects    3" in out
    assert runtime.load(file).input_size == 1


def test_next_letter(tmp_path):
    try:
        shakespeare.load_data()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    file = tmp_path / "letters.tide"
    assert "bits per letter: 2.4" in run(str(FOLDER / "next_letter.py"), "--export", str(file))
    assert runtime.load(file).output_size == 96


def test_service():
    assert "same bits as the sequence in one call: 1,000 sessions" in run(
        str(FOLDER / "service.py")
    )


def test_microcontroller(tmp_path):
    """Without the board, which tests/embedded has."""
    out = run(str(FOLDER / "microcontroller" / "model.py"), "--out", str(tmp_path))
    assert "windows: 200" in out
    assert {"model.c", "model.h", "stream.bin"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "bilstm"])
def test_sentiment(cell):
    try:
        movie_reviews.load_data()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert f"{cell}: 7" in run(str(FOLDER / "sentiment.py"), "--cell", cell)
