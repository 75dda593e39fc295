"""A reader sees the old file or the new one."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import threading

import pytest

from tidegate.saving.atomic import write_atomically
from tidegate.saving.temporary import remove_abandoned


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


def test_what_a_killed_save_left_is_removed_by_the_next_one(tmp_path):
    path = tmp_path / "f"
    child = os.fork()
    if child == 0:

        def chunks():
            yield b"part"
            os.kill(os.getpid(), signal.SIGKILL)

        try:
            write_atomically(path, chunks())
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    (left,) = os.listdir(tmp_path)
    assert left.startswith(".f.")
    write_atomically(path, [b"whole"])
    assert os.listdir(tmp_path) == ["f"]


def test_files_of_others_stay(tmp_path):
    names = [".g.0123456789ab.tmp", ".f.notes.tmp", ".ff.0123456789ab.tmp", "f.0123456789ab.tmp"]
    for name in names:
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / ".f.0123456789ab.tmp").symlink_to(tmp_path / names[0])
    (tmp_path / ".f.ba9876543210.tmp").mkdir()
    before = sorted(os.listdir(tmp_path))
    write_atomically(tmp_path / "f", [b"a"])
    assert sorted(os.listdir(tmp_path)) == sorted([*before, "f"])


def test_a_save_amid_another_one_of_the_same_name(tmp_path):
    path = tmp_path / "f"

    def chunks():
        yield b"outer"
        write_atomically(path, [b"inner"])
        assert path.read_bytes() == b"inner"

    write_atomically(path, chunks())
    assert path.read_bytes() == b"outer"
    assert os.listdir(tmp_path) == ["f"]


def save_many(path, letter):
    for _ in range(300):
        write_atomically(path, [letter * 5000])


def test_many_that_save_one_name_at_once(tmp_path):
    """Each looks for abandoned files while the others have just made theirs."""
    path = tmp_path / "f"
    workers = [
        threading.Thread(target=save_many, args=(path, letter)) for letter in (b"a", b"b", b"c")
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda hook: errors.append(hook.exc_value))
        errors: list[BaseException] = []
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert errors == []
    assert path.read_bytes() in (b"a" * 5000, b"b" * 5000, b"c" * 5000)
    assert os.listdir(tmp_path) == ["f"]


def test_a_file_that_another_save_took_for_abandoned_is_made_anew(tmp_path, monkeypatch):
    """The moment between making the file and locking it."""
    made = []
    lock = fcntl.flock

    def first_another_save(descriptor, how):
        if not made:
            made.append(os.listdir(tmp_path))
            remove_abandoned(os.fspath(tmp_path), "f")
            assert os.listdir(tmp_path) == []
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", first_another_save)
    write_atomically(tmp_path / "f", [b"a"])
    assert len(made[0]) == 1
    assert (tmp_path / "f").read_bytes() == b"a"


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    """Saves go on; what others left stays, since nothing tells whose it is."""

    def refuse(descriptor, how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    left = tmp_path / ".f.0123456789ab.tmp"
    left.write_bytes(b"part")
    write_atomically(tmp_path / "f", [b"a"])
    assert (tmp_path / "f").read_bytes() == b"a"
    assert left.exists()
