"""The file format: what is written is read, what is damaged is refused with one typed error."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tidegate.saving.safetensors import WeightsFileError, parse, read, write

TENSORS = {
    "a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": np.array([1.5, -2.0]),
    "empty": np.zeros((0, 3), np.float32),
    "scalar": np.array(7, np.int64),
    "flags": np.array([True, False]),
}


def build(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_round_trip(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path, TENSORS, {"format": "x"})
    found, metadata = read(path)
    assert metadata == {"format": "x"}
    assert list(found) == list(TENSORS)
    for name, tensor in TENSORS.items():
        np.testing.assert_array_equal(found[name], tensor)
        assert found[name].dtype == tensor.dtype
        assert not found[name].flags.writeable


def test_layout_is_that_of_the_format(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path, {"x": np.array([1.0], np.float32)})
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0
    assert json.loads(data[8 : 8 + length]) == {"x": entry()}
    assert data[8 + length :] == np.float32(1.0).tobytes()


def test_strided_and_byte_swapped_arrays_are_written_as_values(tmp_path):
    path = tmp_path / "w.safetensors"
    strided = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2]
    write(path, {"a": strided, "b": strided.astype(">f4")})
    found, _ = read(path)
    np.testing.assert_array_equal(found["a"], strided)
    np.testing.assert_array_equal(found["b"], strided)


HOSTILE = {
    "too short": b"1234567",
    "header longer than the file": (10**6).to_bytes(8, "little") + b"{}",
    "header over the cap": (2**63).to_bytes(8, "little") + b"{}",
    "no object": build(b"[]"),
    "space before": build(b" {}"),
    "not UTF-8": build(b'{"\xff": 1}'),
    "not JSON": build(b"{"),
    "NaN": build(b'{"__metadata__": NaN}'),
    "deep": build(b'{"a":' + b"[" * 100000 + b"]" * 100000 + b"}"),
    "double name": build(b'{"a": {"dtype": "F32", "dtype": "F32"}}'),
    "double tensor": build(
        f'{{"a": {json.dumps(entry())}, "a": {json.dumps(entry())}}}'.encode(), bytes(4)
    ),
    "metadata of numbers": build({"__metadata__": {"a": 1}}),
    "entry is no object": build({"a": 3}),
    "entry lacks shape": build({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, bytes(4)),
    "entry has more": build({"a": {**entry(), "x": 1}}, bytes(4)),
    "unknown dtype": build({"a": entry("F31")}, bytes(4)),
    "dtype is a list": build({"a": entry(["F32"])}, bytes(4)),
    "negative size": build({"a": entry(shape=(-1,))}, bytes(4)),
    "size is true": build({"a": entry(shape=(True,))}, bytes(4)),
    "size is a float": build({"a": entry(shape=(1.0,))}, bytes(4)),
    "33 axes": build({"a": entry(shape=(1,) * 33)}, bytes(4)),
    "product overflows 64 bits": build({"a": entry(shape=(2**33, 2**33))}, bytes(4)),
    "zero times huge": build({"a": entry(shape=(0, 2**70), offsets=(0, 0))}),
    "three offsets": build({"a": entry(offsets=(0, 4, 4))}, bytes(4)),
    "offsets backwards": build({"a": entry(offsets=(4, 0))}, bytes(4)),
    "offsets beyond the file": build({"a": entry(offsets=(0, 8))}, bytes(4)),
    "shape does not fit": build({"a": entry(shape=(2,))}, bytes(4)),
    "overlap": build({"a": entry(), "b": entry()}, bytes(4)),
    "hole": build({"a": entry(offsets=(4, 8))}, bytes(8)),
    "bytes left over": build({"a": entry()}, bytes(5)),
    "boolean 2": build({"a": entry("BOOL", (1,), (0, 1))}, b"\x02"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files(data):
    with pytest.raises(WeightsFileError, match=r"^\[safetensors\] .* Received: .* Hint: "):
        parse(data)


def test_every_truncation_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path, TENSORS)
    data = path.read_bytes()
    for length in range(len(data)):
        with pytest.raises(WeightsFileError):
            parse(data[:length])


def test_every_bit_flip_gives_tensors_or_the_typed_error(tmp_path):
    path = tmp_path / "w.safetensors"
    write(path, {"a": TENSORS["a/kernel"]})
    data = path.read_bytes()
    refused = 0
    for position in range(len(data) * 8):
        broken = bytearray(data)
        broken[position // 8] ^= 1 << position % 8
        try:
            parse(bytes(broken))
        except WeightsFileError:
            refused += 1
    assert refused > 8 * 8  # a damaged length at least is always found


def test_dtypes_without_a_name(tmp_path):
    with pytest.raises(WeightsFileError, match="complex64"):
        write(tmp_path / "w.safetensors", {"a": np.zeros(2, np.complex64)})
    assert list(tmp_path.iterdir()) == []
