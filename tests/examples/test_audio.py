"""The amplifier: what the network learns, and the C++ program built outside the tree as a person
would build it, against the installed headers, library and CMake config."""

from __future__ import annotations

import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from example_programs import EXAMPLES, load

import tidegate as keras

FOLDER = EXAMPLES / "audio"


@pytest.fixture(scope="module")
def example():
    return load("audio/model")


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_amplifier_hears_the_past_alone_and_clips(example):
    x = example.joined([example.tone(np.random.default_rng(1))])
    y = example.amplifier(x)
    later = x.copy()
    later[1000:] = 0
    assert (example.amplifier(later)[:1000] == y[:1000]).all()
    assert not np.allclose(example.amplifier(-x), -y, atol=0.05)
    assert (example.amplifier(np.zeros(9)) == 0).all()


def test_model_learns_some_of_it(example):
    keras.utils.set_random_seed(0)
    x = example.joined([example.tone(np.random.default_rng(1))])
    y = example.amplifier(x)
    model = example.build_model(units=8)
    example.train(model, x, y, ((1e-2, 20),))
    heard = model.stream().run(x.astype(np.float32).reshape(1, -1, 1))[0, :, 0]
    assert example.error_to_signal(heard, y) < 0.5


def test_without_data_there_are_tones(example, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    learn, test = example.recordings(np.random.default_rng(0))
    assert len(learn) == example.LEARNT * 4000
    assert len(test) == example.TESTED * 4000
    assert "recordings/" in capsys.readouterr().err


def test_wav_files_are_rounded_and_clipped(example, tmp_path):
    example.write_wav(tmp_path / "a.wav", np.array([0, 0.5, -1.5, 1.0, 0.6 / 32768]))
    assert read_wav(tmp_path / "a.wav").tolist() == [0, 16384, -32768, 32767, 1]


@pytest.fixture(scope="module")
def amplifier(tmp_path_factory) -> Path:
    """The program, built."""
    build = tmp_path_factory.mktemp("audio")
    command = [sys.executable, "-m", "tidegate", "--cmakedir"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    configure = ["cmake", "-S", FOLDER, "-B", build, f"-Dtidegate_DIR={found}"]
    for step in (configure, ["cmake", "--build", build]):
        done = subprocess.run(step, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return build / "amplifier"


def run(*command: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize("data", [True, False], ids=["speech", "tones"])
def test_a_stranger_trains_and_runs(example, amplifier, data, tmp_path, monkeypatch):
    """The program writes what the model gives in Python, to the bit."""
    if not data:
        monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = run(sys.executable, FOLDER / "model.py", "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error to signal: " in done.stdout
    done = run(amplifier, *(tmp_path / n for n in ("amplifier.tide", "input.wav", "output.wav")))
    assert done.returncode == 0, done.stdout + done.stderr
    samples = read_wav(tmp_path / "input.wav").astype(np.float32) / 32768
    session = keras.runtime.load(tmp_path / "amplifier.tide").session()
    y = session.run(samples.reshape(1, -1, 1))[0, :, 0]
    example.write_wav(tmp_path / "expected.wav", y)
    written = (tmp_path / "output.wav").read_bytes()
    assert written == (tmp_path / "expected.wav").read_bytes()
    target = read_wav(tmp_path / "target.wav") / 32768
    assert example.error_to_signal(read_wav(tmp_path / "output.wav") / 32768, target) < example.BAR
    figures = re.search(r"median (\d+) ns, p99.9 (\d+) ns, worst (\d+) ns", done.stdout)
    median, rare, worst = map(int, figures.groups())
    assert 0 < median <= rare <= worst
    assert float(re.search(r"real-time factor: ([\d.]+)", done.stdout)[1]) > 0


@pytest.mark.slow
def test_files_that_do_not_fit_are_refused(example, amplifier, tmp_path):
    model, sound, out = (tmp_path / name for name in ("m.tide", "a.wav", "out.wav"))
    example.build_model(units=2).export(model)
    example.write_wav(sound, np.zeros(10))
    whole = sound.read_bytes()
    cases = [
        ("no WAV file", whole[:11]),
        ("ends behind the file", whole[:-1]),
        ("a rate of 0", whole[:24] + bytes(4) + whole[28:]),
        ("no samples", whole[:36]),
    ]
    for place, value in ((20, b"\3"), (22, b"\2"), (34, b"\10")):  # floats, stereo, 8 bits
        other = whole[:place] + value + whole[place + 1 :]
        cases.append(("PCM of 16 bits in one channel", other))
    for text, content in cases:
        sound.write_bytes(content)
        done = run(amplifier, model, sound, out)
        assert (done.returncode, text in done.stderr) == (1, True), (text, done.stderr)
    sound.write_bytes(whole)
    wide = keras.Sequential([keras.layers.Input((None, 2)), keras.layers.Dense(1)])
    wide.export(tmp_path / "wide.tide")
    assert "a sample to a sample" in run(amplifier, tmp_path / "wide.tide", sound, out).stderr
    assert "[load]" in run(amplifier, sound, sound, out).stderr
    assert not out.exists()
    assert run(amplifier, model, sound, out).returncode == 0
