"""Read and write safetensors files: 8-byte length, JSON header, tensors.

The reader trusts nothing: every size is checked against the bytes that are there before anything
is made of it, and every byte string gives tensors or one ``WeightsFileError``. Python integers do
not overflow, so products of sizes are exact.

Format: https://github.com/huggingface/safetensors (Apache-2.0), README.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from .atomic import write_atomically
from .errors import WeightsFileError

__all__ = ["parse", "read", "serialize", "write"]

HEADER_CAP = 16 * 1024 * 1024
_ALIGNMENT = 8
_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("bool"),
}
# NumPy has no bfloat16: such a tensor is an array of its bits, for callers who know what they are.
_WITH_BITS = _DTYPES | {"BF16": np.dtype("<u2")}
_NAMES = {dtype.newbyteorder("="): name for name, dtype in _DTYPES.items()}


def _fail(rule: str, received: object, hint: str = "the file is damaged or of another kind") -> Any:
    raise WeightsFileError(f"[safetensors] {rule}. Received: {received}. Hint: {hint}.")


def write(
    path: str | os.PathLike[str],
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write the tensors, in their order, atomically.

    Raises:
        WeightsFileError: a dtype that the format has no name for.
        OSError: what the file system says; the old file is then unchanged.
    """
    write_atomically(path, serialize(tensors, metadata))


def serialize(
    tensors: Mapping[str, np.ndarray],
    metadata: Mapping[str, str] | None = None,
    bfloat16: Collection[str] = (),
) -> list[bytes | memoryview]:
    """The bytes of a file in pieces: length, header, then each tensor; see ``write``.

    Args:
        bfloat16: names of uint16 arrays that hold the bits of bfloat16.
    """
    header: dict[str, Any] = {}
    if metadata:
        header["__metadata__"] = dict(metadata)
    arrays = []
    offset = 0
    for name, tensor in tensors.items():
        dtype = _NAMES.get(tensor.dtype.newbyteorder("="), "")
        if not dtype:
            _fail("a tensor must have a dtype of the format", f"{name}: {tensor.dtype}", "cast it")
        array = np.ascontiguousarray(tensor, dtype=_DTYPES[dtype])
        header[name] = {
            "dtype": "BF16" if name in bfloat16 else dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
        arrays.append(array)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    if len(text) > HEADER_CAP:
        _fail("the header must be at most 16 MiB", f"{len(text)} bytes", "fewer, larger tensors")
    return [
        len(text).to_bytes(8, "little"),
        text,
        *(array.reshape(-1).view(np.uint8).data for array in arrays),
    ]


def read(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read a file: ``(tensors by name, metadata)``. The arrays are read-only."""
    with open(path, "rb") as file:
        return parse(file.read())


def parse(data: bytes, bfloat16: bool = False) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Tensors and metadata of a whole file in memory; see ``read``.

    Args:
        bfloat16: give the bits of such tensors as uint16; else they are an error.
    """
    dtypes = _WITH_BITS if bfloat16 else _DTYPES
    if len(data) < 8:
        _fail("a file must have at least 8 bytes", f"{len(data)} bytes")
    length = int.from_bytes(data[:8], "little")
    if length > min(HEADER_CAP, len(data) - 8):
        _fail(
            "the header must end within the file and be at most 16 MiB",
            f"a header of {length} bytes in a file of {len(data)}",
        )
    header = _header(data[8 : 8 + length])
    metadata = _metadata(header.pop("__metadata__", {}))
    body = memoryview(data)[8 + length :]
    tensors = {}
    spans = []
    for name, entry in header.items():
        dtype, shape, begin, end = _entry(name, entry, len(body), dtypes)
        spans.append((begin, end, name))
        array = np.frombuffer(body[begin:end], dtype=np.uint8)
        if dtype == np.bool_ and array.size and array.max() > 1:
            _fail("a BOOL must be 0 or 1", f"{name}: {array.max()}")
        tensors[name] = array.view(dtype).reshape(shape)
    _check_cover(spans, len(body))
    return tensors, metadata


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=lambda word: _fail("the header must be strict JSON", word),
        )
    except WeightsFileError:
        raise
    except (ValueError, RecursionError) as error:
        _fail("the header must be UTF-8 JSON", error)
    if not isinstance(header, dict) or not text.startswith(b"{"):
        _fail("the header must be a JSON object from its first byte on", text[:16])
    return header


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        _fail("a name must occur once", f"{double!r} twice")
    return result


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        _fail("__metadata__ must map strings to strings", value)
    return value


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _entry(
    name: str, entry: Any, available: int, dtypes: Mapping[str, np.dtype[Any]]
) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        _fail("an entry must have dtype, shape and data_offsets", f"{name}: {entry!r:.200}")
    word, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    dtype = dtypes.get(word) if isinstance(word, str) else None
    if dtype is None:
        _fail(f"dtype must be one of {', '.join(dtypes)}", f"{name}: {word!r:.100}")
    if not isinstance(shape, list) or len(shape) > 32 or not all(map(_is_size, shape)):
        _fail("shape must be a list of at most 32 sizes", f"{name}: {shape!r:.200}")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(map(_is_size, offsets)):
        _fail("data_offsets must be two sizes", f"{name}: {offsets!r:.200}")
    begin, end = offsets
    if not begin <= end <= available:
        _fail("data_offsets must lie within the file", f"{name}: {offsets} of {available} bytes")
    assert dtype is not None
    if math.prod(shape) * dtype.itemsize != end - begin:
        _fail("shape and dtype must fit data_offsets", f"{name}: {word} {shape} in {end - begin}")
    if max(shape, default=0) > 2**62:
        _fail("a size must be at most 2**62", f"{name}: {shape}")
    return dtype, tuple(shape), begin, end


def _check_cover(spans: list[tuple[int, int, str]], size: int) -> None:
    """Tensors must follow one another without hole or overlap, to the end of the file."""
    position = 0
    for begin, end, name in sorted(spans):
        if begin != position:
            kind = "a hole before" if begin > position else "an overlap at"
            _fail("tensors must cover the file exactly once", f"{kind} {name!r}, byte {begin}")
        position = end
    if position != size:
        _fail("tensors must cover the file exactly once", f"{size - position} bytes at the end")
