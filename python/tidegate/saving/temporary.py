"""Temporary files beside the file that they will replace, each locked as long as it is written.

The lock (flock) ends with the process, however it ends: a temporary file that can be locked was
left by a killed process. A process id in the name would not tell, since ids come again, and mean
nothing to another machine or container that writes to the same folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets

__all__ = ["claim", "remove_abandoned"]


def claim(folder: str, name: str) -> tuple[str, int]:
    """Make a temporary file for ``name``; its path and a locked descriptor for writing.

    Raises:
        OSError: what the file system says.
    """
    while True:
        path = os.path.join(folder, f".{name}.{secrets.token_hex(6)}.tmp")
        # os.open applies the umask by itself: asking for it would change it for the whole process.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        # Until it is locked, a save elsewhere may take the file for an abandoned one.
        if _lock(descriptor, otherwise=True) and os.path.exists(path):
            return path, descriptor
        os.close(descriptor)


def remove_abandoned(folder: str, name: str) -> None:
    """Remove the temporary files for ``name`` that no process is writing; never raises OSError."""
    pattern = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{12}}\.tmp")
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if pattern.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                _remove_if_abandoned(entry.path)


def _remove_if_abandoned(path: str) -> None:
    with contextlib.suppress(OSError):
        # For writing: locks over a network need it.
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            # Removed while it is locked: who has just made it sees either the lock or that it is
            # gone, and makes another one.
            if _lock(descriptor, otherwise=False):
                os.unlink(path)
        finally:
            os.close(descriptor)


def _lock(descriptor: int, otherwise: bool) -> bool:
    """Lock without waiting; ``otherwise`` is the answer where files cannot be locked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return otherwise
    return True
