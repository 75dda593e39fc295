"""`.tide` files: what goes in comes out, any reader of safetensors sees it, no other is taken."""

from __future__ import annotations

import json
import os
import struct
import time

import numpy as np
import pytest

import tidegate
from tidegate import _core
from tidegate.layers import GRU, LSTM, Dense, Embedding, Input, SimpleRNN
from tidegate.runtime import load, lower
from tidegate.runtime.tide_file import write_tide
from tidegate.saving import ModelFileError

from .streams import noisy
from .tide_bytes import BYTES, FILES, Parts, repaired

SMALL = {
    "lstm": [Input((None, 3)), LSTM(2)],
    "gru": [Input((None, 2)), GRU(2, reset_after=False), Dense(1)],
    "ids": [Input((None,)), Embedding(5, 2), SimpleRNN(2)],
}


def small(name: str):
    return noisy(tidegate.Sequential(SMALL[name]))


def file_of(folder, weights: str) -> bytes:
    layers = [Input((None, 3)), LSTM(8, name="lstm"), Dense(2, name="dense")]
    noisy(tidegate.Sequential(layers)).export(folder / "m.tide", weights=weights)
    return (folder / "m.tide").read_bytes()


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    return file_of(tmp_path_factory.mktemp("good"), "float32")


@pytest.fixture(scope="module")
def good_bytes(tmp_path_factory) -> bytes:
    return file_of(tmp_path_factory.mktemp("good"), "int8")


def functional():
    """Two inputs, one layer used twice, a skip connection, two outputs."""
    a, b = Input((None, 4), name="a"), Input((None, 4), name="b")
    shared = LSTM(4, return_sequences=True, name="both")
    joined = tidegate.layers.Add()([shared(a), shared(b), a])
    wide = tidegate.layers.Concatenate()([joined, b])
    return noisy(tidegate.Model([a, b], [Dense(3, "softmax")(wide), GRU(2)(joined)]))


@pytest.mark.parametrize("weights", ["float32", "bfloat16", "float16", "int8"])
@pytest.mark.parametrize("make", [*SMALL, functional])
def test_a_file_gives_the_bits_of_the_model(make, weights, tmp_path):
    model = small(make) if isinstance(make, str) else make()
    graph = lower(model, weights)
    write_tide(graph, tmp_path / "m.tide")
    again = load(tmp_path / "m.tide")
    for before, after in zip(graph.operations, again.operations):
        assert before.fields().keys() == after.fields().keys()
        for name, value in before.fields().items():
            assert np.array_equal(value, after.fields()[name]), name
    assert (again.outputs, again.weights, again.nbytes) == (graph.outputs, weights, graph.nbytes)
    rng = np.random.default_rng(1)
    x = [
        rng.integers(0, 5, (2, 6)) if op.ids else rng.normal(size=(2, 6, op.output_size))
        for op in graph.inputs
    ]
    x = [v.astype(np.int32 if v.dtype.kind == "i" else np.float32) for v in x]
    given = x if len(x) > 1 else x[0]
    one, two = graph.session(2).run(given), again.session(2).run(given)
    assert all(map(np.array_equal, one, two))


def test_the_bytes_of_a_file_are_as_good_as_its_path(good):
    assert load(good).operations[1].name == "lstm"


def test_any_reader_of_safetensors_sees_the_weights(tmp_path):
    """By the format's own description: 8 bytes of length, JSON, tensors."""
    model = small("lstm")
    model.export(tmp_path / "m.tide")
    data = (tmp_path / "m.tide").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    assert all(isinstance(v, str) for v in header.pop("__metadata__").values())
    name = f"{model.layers[0].name}.recurrent_kernel"
    begin, end = header[name]["data_offsets"]
    values = np.frombuffer(data[8 + length :][begin:end], "<f4").reshape(header[name]["shape"])
    assert np.array_equal(values, model.layers[0].get_weights()[1])
    offsets = sorted(entry["data_offsets"] for entry in header.values())
    assert [a for a, _ in offsets] == [0, *(b for _, b in offsets[:-1])]


@pytest.mark.parametrize(
    ("weights", "dtype", "read"),
    [("int8", "I8", "i1"), ("float16", "F16", "<f2"), ("bfloat16", "BF16", "<u2")],
)
def test_weights_are_written_as_they_are_kept(weights, dtype, read, tmp_path):
    model = small("lstm")
    model.export(tmp_path / "m.tide", weights=weights)
    parts = Parts.of((tmp_path / "m.tide").read_bytes())
    name = f"{model.layers[0].name}.kernel"
    entry = parts.header[name]
    begin, end = entry["data_offsets"]
    assert entry["dtype"] == dtype
    values = np.frombuffer(parts.body[begin:end], read).reshape(entry["shape"])
    assert np.array_equal(values, lower(model, weights).operations[1].weights["kernel"])
    assert (f"{name}_scale" in parts.header) is (weights == "int8")
    assert load(tmp_path / "m.tide").weights == weights


def test_a_file_of_8_bits_has_a_quarter_of_the_bytes(tmp_path):
    model = tidegate.Sequential([Input((None, 64)), LSTM(256), Dense(10)])
    sizes = {}
    for weights in ("float32", "float16", "int8"):
        model.export(tmp_path / "m.tide", weights=weights)
        sizes[weights] = (tmp_path / "m.tide").stat().st_size
    assert sizes["float32"] / sizes["int8"] > 3.8
    assert sizes["float32"] / sizes["float16"] > 1.95


def test_two_layers_of_one_name_and_names_of_any_letters(tmp_path):
    layers = [Input((None, 2)), GRU(2, return_sequences=True), GRU(2)]
    graph = lower(noisy(tidegate.Sequential(layers)))
    for operation, name in zip(graph.operations, ["x", 'ü "\\ \n', 'ü "\\ \n']):
        object.__setattr__(operation, "name", name)
    write_tide(graph, tmp_path / "m.tide")
    again = load(tmp_path / "m.tide")
    assert [op.name for op in again.operations] == ["x", 'ü "\\ \n', 'ü "\\ \n']
    for before, after in zip(graph.operations, again.operations):
        assert np.array_equal(before.fields()["kernel"], after.fields()["kernel"])


def test_saving_is_atomic(tmp_path, monkeypatch):
    path = tmp_path / "m.tide"
    small("lstm").export(path)
    before = path.read_bytes()

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        small("gru").export(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_there_are_forty_hostile_files():
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", [*FILES, *BYTES])
def test_hostile_files_are_refused_at_once(name, good, good_bytes):
    text, make = (FILES | BYTES)[name]
    data = make(Parts.of(good_bytes if name in BYTES else good))
    start = time.process_time()
    with pytest.raises(ModelFileError, match=text) as caught:
        load(data)
    seconds = time.process_time() - start
    assert str(caught.value).startswith("[load] ")
    assert "Received: " in str(caught.value)
    assert "Hint: " in str(caught.value)
    assert seconds < (0.01 if len(data) < 2**20 else 0.1)


def test_a_pair_that_does_not_agree_can_be_loaded_all_the_same(good):
    data = FILES["other_result"][1](Parts.of(good))
    assert load(data, check_pair=False).output_size == 2


def loaded_or_refused(data: bytes) -> bool:
    try:
        return isinstance(_core.load_graph(data), _core.Graph)
    except ValueError as error:
        return str(error).startswith("[load] ")


@pytest.mark.parametrize(
    ("name", "weights"), [*((name, "float32") for name in SMALL), ("ids", "int8")]
)
def test_every_truncation_and_every_flipped_bit(name, weights, tmp_path):
    """The checksum sees it; with the checksum put right, an error or a graph."""
    small(name).export(tmp_path / "m.tide", weights=weights)
    data = (tmp_path / "m.tide").read_bytes()
    for size in range(len(data)):
        with pytest.raises(ValueError, match=r"\[load\] "):
            _core.load_graph(data[:size])
    for at in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            with pytest.raises(ValueError, match=r"\[load\] "):
                _core.load_graph(bytes(flipped))
            assert loaded_or_refused(repaired(bytes(flipped)))


def test_no_such_file():
    with pytest.raises(FileNotFoundError):
        load("no such file.tide")


def test_what_it_is_written_for_is_what_it_says(tmp_path, capsys):
    from tidegate.__main__ import main

    path = tmp_path / "m.tide"
    model = tidegate.Sequential([Input((None, 3)), LSTM(8, name="cell"), Dense(2, name="head")])
    model.export(path)
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    session = load(path).session()
    for words in (
        "lstm       cell",
        "3 -> 8",
        "kernel [3, 32], recurrent_kernel [8, 32], bias [32]",
        "parameters           402, kernels kept as float32",
        f"multiply-adds        {(3 + 8) * 32 + 16} per step",
        f"memory of a session  {session.nbytes:,} bytes",
        f"file                 {path.stat().st_size:,} bytes",
    ):
        assert words in text
    model.export(path, weights="int8")
    assert main(["inspect", str(path)]) == 0
    text = capsys.readouterr().out
    for words in (
        "kernel int8 [3, 32], recurrent_kernel int8 [8, 32]",
        "kernel_scale [32]",
        "int8",
    ):
        assert words in text
    path.write_bytes(b"no model")
    assert main(["inspect", str(path)]) == 1
    assert "[tidegate inspect] [load] " in capsys.readouterr().err
