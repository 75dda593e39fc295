"""A reader sees the old file or the new one."""

from __future__ import annotations

import os
import stat

import pytest

from tidegate.saving.atomic import write_atomically


def test_new_and_replaced(tmp_path):
    path = tmp_path / "f"
    write_atomically(path, [b"ab", b"c"])
    write_atomically(path, [b"d"])
    assert path.read_bytes() == b"d"
    assert os.listdir(tmp_path) == ["f"]


def test_an_error_while_writing_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def chunks():
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, chunks())
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_mode_is_kept_and_a_new_file_has_the_usual_one(tmp_path):
    path = tmp_path / "f"
    write_atomically(path, [b"a"])
    plain = tmp_path / "g"
    plain.write_bytes(b"")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    path.chmod(0o640)
    write_atomically(path, [b"b"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, [b"new"])
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "no" / "f", [b"a"])
