"""Loaders find files in two places, check them, and say what to put where."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from tidegate.datasets import shakespeare
from tidegate.datasets._source import DatasetError, Source, cache_folder

CONTENT = b"to be"


@pytest.fixture
def source() -> Source:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Source("play", "text", {"play.txt": digest}, "a library", "public domain")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folder named by the variable and the cache folder, both without data."""
    named, cache = tmp_path / "named", tmp_path / "cache"
    monkeypatch.setenv("TIDEGATE_DATA", str(named))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return named, cache / "tidegate"


def put(root, content=CONTENT):
    (root / "text").mkdir(parents=True)
    (root / "text" / "play.txt").write_bytes(content)


def test_named_folder_comes_before_the_cache(source, folders):
    named, cache = folders
    put(cache, b"another text")
    put(named)
    assert source.read("play.txt") == CONTENT


def test_cache_folder_is_used_where_the_named_one_lacks_the_file(source, folders):
    put(folders[1])
    assert source.read("play.txt") == CONTENT


def test_missing_file_says_what_to_put_where(source, folders):
    named, cache = folders
    with pytest.raises(FileNotFoundError) as caught:
        source.read("play.txt")
    text = str(caught.value)
    assert text.startswith("[play] play.txt must lie in ")
    for part in (named / "text", cache / "text", source.files["play.txt"], "a library"):
        assert str(part) in text
    assert "public domain" in text
    assert "TIDEGATE_DATA" in text


def test_a_changed_file_is_refused_with_both_checksums(source, folders):
    put(folders[0], b"to be.")
    with pytest.raises(DatasetError) as caught:
        source.read("play.txt")
    assert source.files["play.txt"] in str(caught.value)
    assert hashlib.sha256(b"to be.").hexdigest() in str(caught.value)


def test_relative_cache_variable_is_ignored(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "tidegate"


def test_shakespeare_reads_text(folders, monkeypatch):
    named, _ = folders
    (named / "text").mkdir(parents=True)
    (named / "text" / "shakespeare.txt").write_bytes(CONTENT)
    files = {"shakespeare.txt": hashlib.sha256(CONTENT).hexdigest()}
    monkeypatch.setattr(shakespeare, "SOURCE", dataclasses.replace(shakespeare.SOURCE, files=files))
    assert shakespeare.load_data() == "to be"
