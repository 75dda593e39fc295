"""Spoken digits, six speakers, 8 kHz: from a waveform to the digit."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import wave
from pathlib import Path

import numpy as np

from ._source import Source

__all__ = ["SAMPLE_RATE", "SOURCE", "load_data"]

SAMPLE_RATE = 8000
# Over the names and bytes of the recordings in order of name: an archive that was packed again, or
# a folder, has the same digest.
CONTENT_SHA256 = "f2ebef1ad3d4ee4ce2204e9a39e1b9f3c034a459bfdb5e803900219ac24bedf1"
SOURCE = Source(
    name="spoken_digits",
    folder="speech",
    files={},
    origin="github.com/Jakobovski/free-spoken-digit-dataset",
    licence="CC BY-SA 4.0",
)
_NAME = re.compile(r"(\d)_([a-z]+)_(\d+)\.wav")
_INDICES = range(15)
_TEST_INDICES = range(5)

Split = tuple[list[np.ndarray], np.ndarray]


def load_data() -> tuple[Split, Split]:
    """``(x_train, y_train), (x_test, y_test)``: 600 and 300 recordings.

    x is a list of waveforms, float32 [T_i] from -1 to 1, of unequal length; y is int32 [N], the
    digits. Recordings 0 to 4 of each digit and speaker are the usual test set, 5 to 14 the training
    set (the source has more of them, they are not used).

    Reads ``speech/recordings/*.wav`` or ``speech/spoken-digits.tar.gz`` with the same files in it.

    Raises:
        FileNotFoundError: says which files to put where.
        DatasetError: the checksum over all recordings is another.
    """
    path, files = _read()
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(name.encode())
        digest.update(data)
    SOURCE.check(path, digest.hexdigest(), CONTENT_SHA256)
    train: tuple[list[np.ndarray], list[int]] = ([], [])
    test: tuple[list[np.ndarray], list[int]] = ([], [])
    for name, data in sorted(files.items()):
        digit, index = _parse(name)
        waves, digits = test if index in _TEST_INDICES else train
        waves.append(_waveform(data))
        digits.append(digit)
    return (
        (train[0], np.array(train[1], dtype=np.int32)),
        (test[0], np.array(test[1], dtype=np.int32)),
    )


def _parse(name: str) -> tuple[int, int]:
    """``(digit, index)`` of a file name; index -1 where it is no recording."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), int(match[3])) if match else (-1, -1)


def _read() -> tuple[Path, dict[str, bytes]]:
    for root in SOURCE.roots():
        folder = root / SOURCE.folder / "recordings"
        if folder.is_dir():
            paths = [path for path in folder.iterdir() if _parse(path.name)[1] in _INDICES]
            return folder, {path.name: path.read_bytes() for path in paths}
        archive = root / SOURCE.folder / "spoken-digits.tar.gz"
        if archive.is_file():
            return archive, _members(archive)
    raise SOURCE.missing(
        "recordings/",
        f"the folder recordings/ (SHA-256 {CONTENT_SHA256} over the names and bytes of "
        "recordings 0 to 14)",
    )


def _members(archive: Path) -> dict[str, bytes]:
    # Members are read, never extracted: a name cannot lead out of a folder.
    files = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.rsplit("/", 1)[-1]
            file = tar.extractfile(member) if _parse(name)[1] in _INDICES else None
            if file is not None:
                files[name] = file.read()
    return files


def _waveform(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return samples.astype(np.float32) / np.float32(32768)
