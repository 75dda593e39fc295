"""`.tide` files taken apart and put together with the right checksum, and 40 hostile ones.

`FILES` maps a name to ``(what the error says, function: a good file's Parts -> bytes)``, `BYTES`
the same for a file whose weights have 8 bits.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ZEROS = "0" * 64


@dataclass
class Parts:
    """Header and tensors of a file; ``graph`` is the text of the metadata, parsed."""

    header: dict[str, Any]
    graph: dict[str, Any]
    body: bytes

    @staticmethod
    def of(data: bytes) -> Parts:
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        return Parts(header, json.loads(header["__metadata__"]["graph"]), data[8 + length :])

    @property
    def metadata(self) -> dict[str, str]:
        return self.header["__metadata__"]

    def op(self, kind: str) -> dict[str, Any]:
        return next(op for op in self.graph["operations"] if op["kind"] == kind)

    def pack(self, graph: str | None = None, text: Callable[[str], str] = str) -> bytes:
        """The file, with its graph or ``graph``, its header changed by ``text``."""
        self.metadata["graph"] = json.dumps(self.graph) if graph is None else graph
        self.metadata["sha256"] = ZEROS
        return repaired(framed(text(json.dumps(self.header)).encode(), self.body))


def framed(header: bytes, body: bytes) -> bytes:
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + body


def repaired(data: bytes) -> bytes:
    """The file with the right checksum, if it has a field for one."""
    start = data.find(b'"sha256"')
    begin = data.find(b'"', start + 8) + 1
    if start < 0 or len(data) < begin + 64:
        return data
    zeroed = data[:begin] + ZEROS.encode() + data[begin + 64 :]
    return data[:begin] + hashlib.sha256(zeroed).hexdigest().encode() + data[begin + 64 :]


Maker = Callable[[Parts], bytes]
Files = dict[str, tuple[str, Maker]]
FILES: Files = {}
BYTES: Files = {}


def hostile(text: str) -> Callable[[Maker], Maker]:
    def register(make: Maker) -> Maker:
        FILES[make.__name__] = (text, make)
        return make

    return register


def _changed(
    text: str,
    name: str,
    change: Callable[[Parts], Any],
    files: dict[str, tuple[str, Maker]] = FILES,
) -> None:
    def make(parts: Parts) -> bytes:
        change(parts)
        return parts.pack()

    files[name] = (text, make)


# The container

FILES["empty"] = ("at least 8 bytes", lambda parts: b"")
FILES["short"] = ("at least 8 bytes", lambda parts: b"\0" * 7)
FILES["no_header"] = ("is missing", lambda parts: b"\0" * 8)
FILES["endless_header"] = ("within the file", lambda parts: b"\xff" * 64)
FILES["header_of_16_mib"] = ("at most 16 MiB", lambda parts: framed(b" " * (2**24 + 8), b""))
FILES["a_list"] = ("is missing", lambda parts: framed(b"[]", b""))
FILES["not_utf8"] = ("not UTF-8", lambda parts: framed(b'{"\xff":1}', b""))
FILES["half_a_pair"] = ("escape", lambda parts: framed(b'{"\\ud800":1}', b""))
FILES["deep"] = ("not known", lambda parts: framed(b'{"a":' * 5000, b""))
FILES["deep_lists"] = ("missing", lambda parts: framed(b'{"a":{"shape":' + b"[" * 9000, b""))
FILES["text_behind"] = ("text follows", lambda parts: parts.pack(text=lambda t: t + "{}"))
FILES["nothing_in_it"] = ("must say format", lambda parts: framed(b"{}", b""))
_changed("known", "foreign_metadata", lambda p: p.metadata.update(other="1"))
_changed("format tidegate", "foreign_format", lambda p: p.metadata.update(format="pt"))
_changed("version 1", "newer", lambda p: p.metadata.update(version="2"))


@hostile("SHA-256")
def no_checksum(parts: Parts) -> bytes:
    return parts.pack(text=lambda t: re.sub(r'"sha256": "0+",? ?', "", t).replace(", }", "}"))


@hostile("SHA-256")
def changed_weight(parts: Parts) -> bytes:
    data = bytearray(parts.pack())
    data[-1] ^= 1
    return bytes(data)


@hostile("twice")
def two_tensors_of_a_name(parts: Parts) -> bytes:
    entry = json.dumps(parts.header["dense.bias"])
    return parts.pack(text=lambda t: t[:-1] + f', "dense.bias": {entry}}}')


@hostile("twice")
def two_graphs(parts: Parts) -> bytes:
    return parts.pack(text=lambda t: t.replace('"format"', '"graph": "{}", "format"', 1))


def _tensor(name: str, text: str, **change: Any) -> None:
    _changed(text, name, lambda p: p.header["dense.kernel"].update(change))


_tensor("unknown_dtype", "dtype must be", dtype="F8_E4M3")
_tensor("wider_dtype", "fit data_offsets", dtype="I8")
_tensor("negative_size", "whole number", shape=[-8, 2])
_tensor("half_a_size", "whole number", shape=[8.5, 2])
_tensor("huge_size", "too large", shape=[2**53 + 2, 2])
_tensor("overflowing_sizes", "too large", shape=[2**53, 2**53, 2])
_tensor("many_axes", "at most 4 axes", shape=[1, 1, 1, 1, 16])
_tensor("larger_shape", "fit data_offsets", shape=[8, 3])
_tensor("past_the_end", "within the file", data_offsets=[0, 2**40])
_tensor("end_before_begin", "within the file", data_offsets=[64, 0])
_tensor("three_offsets", "two numbers", data_offsets=[0, 64, 64])
_tensor("more_entries", "not known", more=1)


@hostile("exactly once")
def overlap(parts: Parts) -> bytes:
    parts.header["twin"] = parts.header["dense.kernel"]
    return parts.pack()


@hostile("exactly once")
def bytes_at_the_end(parts: Parts) -> bytes:
    parts.body += b"\0" * 4
    return parts.pack()


@hostile("exactly once")
def hole(parts: Parts) -> bytes:
    del parts.header["dense.kernel"]
    return parts.pack()


# The graph

FILES["graph_is_no_json"] = ("missing", lambda parts: parts.pack("nonsense"))
FILES["graph_is_deep"] = ("not known|deeply", lambda parts: parts.pack('{"x":' + "[" * 99999))
FILES["no_operations"] = ("at least one operation", lambda parts: parts.pack("{}"))
_changed("no operation uses", "unused_tensor", lambda p: p.op("dense").pop("bias"))
_changed("no tensor", "missing_tensor", lambda p: p.op("dense").update(bias="lstm.other"))
_changed(r"must be F32 \[8, 2\]", "tensor_of_another", lambda p: p.op("dense").update(
    kernel="lstm.bias"))  # fmt: skip
_changed("must be F32", "other_width", lambda p: p.op("dense").update(inputs=7))
_changed("too large", "width_past_int32", lambda p: p.op("dense").update(outputs=2**31))
_changed("kind is not known", "unknown_kind", lambda p: p.op("dense").update(kind="sort"))
_changed("not known", "newer_entry", lambda p: p.op("dense").update(sparsity=1))
_changed("no kind", "no_kind", lambda p: p.op("dense").pop("kind"))
_changed("before it", "reads_itself", lambda p: p.op("dense").update(reads=[2]))
_changed("before it", "reads_far", lambda p: p.op("dense").update(reads=[2**31 - 1]))
_changed("position of an operation", "output_far", lambda p: p.graph.update(outputs=[9]))
_changed("at least one output", "no_output", lambda p: p.graph.update(outputs=[]))
_changed("no operation uses", "no_kernel", lambda p: p.op("lstm").pop("kernel"))
_changed("not known", "weights_of_4_bits", lambda p: p.graph.update(weights="int4"))


@hostile("too many operations")
def many_operations(parts: Parts) -> bytes:
    parts.graph["operations"] += [{"kind": "input"}] * 5000
    return parts.pack()


@hostile("a number is too large|cannot be read")
def infinite_alpha(parts: Parts) -> bytes:
    parts.op("dense")["alpha"] = 12345
    return parts.pack(json.dumps(parts.graph).replace("12345", "1e999"))


# The pair

_changed("from 1 to 64", "no_steps", lambda p: p.metadata.update(pair_steps="0"))
_changed("small number", "endless_steps", lambda p: p.metadata.update(pair_steps="9" * 30))
_changed("must hold the steps", "other_steps", lambda p: p.metadata.update(pair_steps="7"))


@hostile("stored pair within")
def other_result(parts: Parts) -> bytes:
    begin, end = parts.header["pair.y.0"]["data_offsets"]
    parts.body = parts.body[:begin] + b"\0" * (end - begin) + parts.body[end:]
    return parts.pack()


# Weights of 8 bits


def _bytes(text: str, name: str, change: Callable[[Parts], Any]) -> None:
    _changed(text, name, change, BYTES)


def _drop(parts: Parts, name: str) -> None:
    """Leave a tensor out, of the header and of the body."""
    begin, end = parts.header.pop(name)["data_offsets"]
    parts.body = parts.body[:begin] + parts.body[end:]
    for entry in parts.header.values():
        if entry.get("data_offsets", [0])[0] >= end:
            entry["data_offsets"] = [at - (end - begin) for at in entry["data_offsets"]]


def _drop_scale(parts: Parts) -> None:
    _drop(parts, parts.op("lstm").pop("recurrent_kernel_scale"))


_bytes(r"'lstm.kernel_scale' must be F32 \[32\]", "scale_of_two_axes", lambda p: p.header[
    "lstm.kernel_scale"].update(shape=[4, 8]))  # fmt: skip
_bytes(r"must be F32 \[2\]", "scale_of_another", lambda p: p.op("dense").update(
    kernel_scale="lstm.kernel_scale"))  # fmt: skip
_bytes(r"must be F32 \[32\]", "scale_of_8_bits", lambda p: p.op("lstm").update(
    kernel_scale="lstm.kernel"))  # fmt: skip
_bytes("recurrent kernel of 8 bits or its scale is missing", "no_scale", _drop_scale)
_bytes("no operation uses", "scale_that_nobody_reads", lambda p: p.op("dense").pop("kernel_scale"))
_bytes(r"must be I8 \[8, 2\]", "kernel_of_another", lambda p: p.op("dense").update(
    kernel="lstm.kernel"))  # fmt: skip
_bytes(r"must be I8 \[3, 32\]", "kernel_of_32_bits", lambda p: p.op("lstm").update(
    kernel="lstm.bias"))  # fmt: skip
_bytes(
    "fit data_offsets", "said_to_be_wider", lambda p: p.header["lstm.kernel"].update(dtype="F16")
)
_bytes("must be F32", "said_to_be_float32", lambda p: p.graph.update(weights="float32"))
_bytes("must be BF16", "said_to_be_bfloat16", lambda p: p.graph.update(weights="bfloat16"))
