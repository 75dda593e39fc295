"""Names, chorales and spoken digits, on files of a few lines."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tarfile
import wave

import numpy as np
import pytest

from tidegate import datasets
from tidegate.datasets import jsb_chorales, names, spoken_digits
from tidegate.datasets._source import DatasetError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEGATE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def put(root, monkeypatch, module, contents: dict[str, bytes]):
    folder = root / module.SOURCE.folder
    folder.mkdir()
    for file, data in contents.items():
        (folder / file).write_bytes(data)
    files = {file: hashlib.sha256(data).hexdigest() for file, data in contents.items()}
    monkeypatch.setattr(module, "SOURCE", dataclasses.replace(module.SOURCE, files=files))


def test_names_are_lists_by_language(root, monkeypatch):
    put(root, monkeypatch, names, {"French.txt": "Béringer\nRoux\n".encode(), "Irish.txt": b"Daly"})
    assert names.load_data() == {"French": ["Béringer", "Roux"], "Irish": ["Daly"]}


def test_chorales_and_piano_roll(root, monkeypatch):
    parts = {"train": [[[43, 96], []]], "valid": [], "test": []}
    put(root, monkeypatch, jsb_chorales, {"jsb-chorales-quarter.json": json.dumps(parts).encode()})
    chorales = jsb_chorales.load_data()
    assert chorales == parts
    roll = jsb_chorales.piano_roll(chorales["train"][0])
    assert roll.sum(axis=1).tolist() == [2.0, 0.0]
    assert roll[0, [0, -1]].tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="Received: 97 at step 0"):
        jsb_chorales.piano_roll([[97]])


def recording(*samples: int) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(spoken_digits.SAMPLE_RATE)
        file.writeframes(np.array(samples, dtype="<i2").tobytes())
    return data.getvalue()


FILES = {"7_ann_4.wav": recording(16384, -32768), "3_ann_5.wav": recording(1)}
# A recording that is not used must change nothing.
UNUSED = {"3_ann_15.wav": recording(2), "notes.txt": b""}


@pytest.fixture
def expected_digest(monkeypatch):
    digest = hashlib.sha256()
    for name, data in sorted(FILES.items()):
        digest.update(name.encode() + data)
    monkeypatch.setattr(spoken_digits, "CONTENT_SHA256", digest.hexdigest())


def check_digits():
    (x_train, y_train), (x_test, y_test) = spoken_digits.load_data()
    assert y_train.tolist() == [3]
    assert y_test.tolist() == [7]
    assert x_test[0].tolist() == [0.5, -1.0]
    assert [x.dtype for x in x_train] == [np.float32]


@pytest.mark.usefixtures("expected_digest")
def test_spoken_digits_from_a_folder(root):
    folder = root / "speech" / "recordings"
    folder.mkdir(parents=True)
    for name, data in (FILES | UNUSED).items():
        (folder / name).write_bytes(data)
    check_digits()


@pytest.mark.usefixtures("expected_digest")
def test_spoken_digits_from_an_archive(root):
    (root / "speech").mkdir()
    with tarfile.open(root / "speech" / "spoken-digits.tar.gz", "w:gz") as tar:
        for name, data in (FILES | UNUSED).items():
            member = tarfile.TarInfo(f"recordings/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    check_digits()


def test_spoken_digits_that_are_others_are_refused(root):
    folder = root / "speech" / "recordings"
    folder.mkdir(parents=True)
    with pytest.raises(DatasetError, match=spoken_digits.CONTENT_SHA256):
        spoken_digits.load_data()


@pytest.mark.usefixtures("root")
def test_spoken_digits_that_are_missing_are_named():
    with pytest.raises(FileNotFoundError, match="free-spoken-digit-dataset"):
        spoken_digits.load_data()


def test_a_data_set_of_keras_that_is_not_here_says_so():
    with pytest.raises(AttributeError, match="imdb is a Keras data set that tidegate does not"):
        datasets.imdb  # noqa: B018
