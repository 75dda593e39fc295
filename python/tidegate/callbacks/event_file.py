"""Files of events that TensorBoard reads: TFRecord framing around protocol buffers.

Only the few messages that scalars and histograms need are written, field by field.

Source: tensorflow/core/lib/io/record_writer.h (framing, masked CRC-32C), core/util/event.proto and
core/framework/summary.proto (field numbers).
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

from ..arrays import as_array
from ..devices import array_module

__all__ = ["EventFile"]

_NUMBERS = itertools.count()  # two files of one process and second keep apart


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def _masked_crc(data: bytes) -> int:
    """CRC-32C, rotated and offset as TFRecord wants it.

    >>> hex(_masked_crc(b"123456789"))
    '0xc78ab0e5'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _block(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _doubles(field: int, values: Iterable[float]) -> bytes:
    return _block(field, b"".join(struct.pack("<d", value) for value in values))


def _histogram(values: Any, buckets: int = 30) -> bytes:
    """Message HistogramProto of the values, in buckets of equal width."""
    xp = array_module()
    flat = as_array(values).reshape(-1).astype("float64")
    if not flat.size:
        flat = xp.zeros(1)
    counts, edges = xp.histogram(flat, bins=buckets)
    return b"".join(
        [
            _double(1, float(flat.min())),
            _double(2, float(flat.max())),
            _double(3, float(flat.size)),
            _double(4, float(flat.sum())),
            _double(5, float((flat * flat).sum())),
            _doubles(6, edges[1:].tolist()),
            _doubles(7, counts.tolist()),
        ]
    )


class EventFile:
    """One file of events in a folder, made at the first event.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = EventFile(folder)
    ...     file.scalar("loss", 0.5, step=0)
    ...     file.close()
    ...     len(os.listdir(folder))
    1
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._file: Any = None

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A number at a step."""
        self._summary(_block(1, tag.encode()) + _float(2, float(value)), step)

    def histogram(self, tag: str, values: Any, step: int) -> None:
        """How the values are spread at a step."""
        self._summary(_block(1, tag.encode()) + _block(5, _histogram(values)), step)

    def flush(self) -> None:
        """Let readers see what was written."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file; a later event begins a new one."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _summary(self, value: bytes, step: int) -> None:
        if self._file is None:
            self._open()
        # Event: wall_time = 1, step = 2, summary = 5 with value = 1.
        head = _double(1, time.time()) + _varint(2 << 3) + _varint(step)
        self._record(head + _block(5, _block(1, value)))

    def _open(self) -> None:
        os.makedirs(self._folder, exist_ok=True)
        parts = (int(time.time()), socket.gethostname(), os.getpid(), next(_NUMBERS))
        name = "events.out.tfevents." + ".".join(str(part) for part in parts) + ".v2"
        self._file = open(os.path.join(self._folder, name), "wb")  # noqa: SIM115
        self._record(_double(1, time.time()) + _block(3, b"brain.Event:2"))

    def _record(self, data: bytes) -> None:
        length = struct.pack("<Q", len(data))
        checks = [struct.pack("<I", _masked_crc(part)) for part in (length, data)]
        self._file.write(length + checks[0] + data + checks[1])
