"""Loading refuses what is damaged or hostile, by one error, and opens and runs nothing."""

from __future__ import annotations

import sys
import time
import tracemalloc

import numpy as np
import pytest

import tidegate
from tidegate import layers
from tidegate.saving import ModelFileError, load_model

from .hostile import FILES

_AUDITED = ("open", "exec", "compile", "import", "socket", "subprocess", "os.system", "os.exec")


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    model = tidegate.Sequential([layers.Input((4,)), layers.Dense(3), layers.Dense(1)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((2, 4)), np.ones((2, 1)))
    path = tmp_path_factory.mktemp("good") / "m.keras"
    model.save(path)
    return path.read_bytes()


def test_there_are_many():
    assert len(FILES) >= 50


@pytest.mark.parametrize("name", FILES)
def test_refused(name, good, tmp_path):
    text, make = FILES[name]
    path = tmp_path / "m.keras"
    path.write_bytes(make(good))
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(ModelFileError, match=text) as caught:
            load_model(path)
        seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith("[load_model] ")
    assert "Received: " in str(caught.value)
    assert peak < 8 * path.stat().st_size + 2**25
    assert seconds < 5


_events: list[tuple[str, object]] = []
_listening = False


def _listen(event: str, args: tuple) -> None:
    if _listening and event.startswith(_AUDITED):
        _events.append((event, args[0] if args else None))


def test_loading_opens_one_file_and_runs_nothing(good, tmp_path):
    global _listening
    path = tmp_path / "m.keras"
    path.write_bytes(good)
    load_model(path)  # what is imported on first use is imported now
    sys.addaudithook(_listen)
    _events.clear()
    _listening = True
    try:
        load_model(path)
    finally:
        _listening = False
    assert _events == [("open", str(path))]


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.slow)])
def test_every_truncation_is_refused(good, tmp_path, step):
    path = tmp_path / "m.keras"
    for length in range(0, len(good), step):
        path.write_bytes(good[:length])
        with pytest.raises(ModelFileError):
            load_model(path)


@pytest.mark.parametrize("count", [60, pytest.param(5000, marks=pytest.mark.slow)])
def test_flipped_bits_are_refused_or_without_effect(good, tmp_path, count):
    path = tmp_path / "m.keras"
    path.write_bytes(good)
    wanted = load_model(path).get_weights()
    rng = np.random.default_rng(count)
    for place in rng.integers(0, 8 * len(good), count):
        data = bytearray(good)
        data[place // 8] ^= 1 << (place % 8)
        path.write_bytes(data)
        try:
            found = load_model(path).get_weights()
        except ModelFileError:
            continue
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(a, b)
