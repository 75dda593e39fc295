"""The members of a ``.keras`` file, read without trusting what it says.

They are a zip's: configuration, metadata, weights, and vocabularies of lookup layers.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping

from .errors import refuse

__all__ = ["ASSETS", "CONFIG", "METADATA", "WEIGHTS", "pack", "unpack"]

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
_MEMBERS = (METADATA, CONFIG, WEIGHTS)
ASSETS = "assets/"  # with which the names of vocabularies start
_VOCABULARY = "/vocabulary.txt"  # with which they end
_MOST_TEXT = 64 * 2**20  # bytes of config.json, and of all vocabularies together
_MOST_EXPANSION = 100  # bytes out for each byte in the file
_MOST_EXPANSION_OF_WORDS = 8  # tokens that differ from each other do not shrink to less
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a time of the members that says nothing


def pack(members: Mapping[str, bytes]) -> bytes:
    """The bytes of the archive; members are stored as they are, as in Keras."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return buffer.getvalue()


def unpack(op: str, data: bytes) -> dict[str, bytes]:
    """{name: bytes} of the members. Nothing is written to disk.

    Raises:
        ModelFileError: no zip, a damaged one, other members than those, or one that says that it is
            far larger than the bytes that are there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            for rule, received in _faults(infos, len(data)):
                refuse(op, rule, received)
            return {info.filename: _read(op, archive, info) for info in infos}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
    ) as error:
        refuse(op, "the file must be a whole zip archive", error)


def _faults(infos: list[zipfile.ZipInfo], size: int) -> Iterator[tuple[str, object]]:
    counts = Counter(info.filename for info in infos)
    for info in infos:
        name = info.filename[:80]
        if info.filename not in _MEMBERS and not _is_vocabulary(info):
            rule = f"the members of the archive must be {', '.join(_MEMBERS)} and vocabularies"
            yield rule, name
        if stat.S_ISLNK(info.external_attr >> 16):
            yield "a member of the archive must be no link", name
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
            yield "members of the archive must be stored or deflated", name
    for member in (*_MEMBERS, *counts):
        if counts[member] != 1:
            yield f"the archive must have {member[:80]} once", f"{counts[member]} times"
    declared = sum(info.file_size for info in infos)
    if declared > _MOST_EXPANSION * size:
        yield "the members must not be larger than what is there", f"{declared} of {size} bytes"
    words = [info for info in infos if _is_vocabulary(info)]
    given = sum(info.file_size for info in words)
    if given > _MOST_EXPANSION_OF_WORDS * sum(info.compress_size for info in words):
        yield "vocabularies must not be far larger than what is there", f"{given} bytes"
    for text in (given, *(info.file_size for info in infos if info.filename in (METADATA, CONFIG))):
        if text > _MOST_TEXT:
            yield "a configuration must be at most 64 MiB, and vocabularies too", f"{text} bytes"


def _is_vocabulary(info: zipfile.ZipInfo) -> bool:
    return info.filename.startswith(ASSETS) and info.filename.endswith(_VOCABULARY)


def _read(op: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        data = member.read(info.file_size)
    if len(data) != info.file_size:
        refuse(op, f"{info.filename} must have its bytes", f"{len(data)} of {info.file_size}")
    return data
