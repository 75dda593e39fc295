"""Write a file so that a reader sees the old bytes or the new ones, never a mixture.

Temporary file in the same folder, fsync, rename, fsync of the folder. A killed process leaves the
old file as it was, and perhaps its temporary file, which the next save of the same name removes.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable

from ..errors import message
from .temporary import claim, remove_abandoned

__all__ = ["write_atomically"]


def write_atomically(path: str | os.PathLike[str], chunks: Iterable[bytes | memoryview]) -> None:
    """Replace the file at ``path`` by the concatenation of ``chunks``.

    The mode of an existing file is kept, a new one gets the process' usual mode; a symbolic link
    is followed, so that it stays a link. Temporary files that killed saves of the same name left
    are removed; those of saves that go on elsewhere are not touched.

    Raises:
        OSError: what the file system says (no such folder, no space, no permission). The file
            that was there is then unchanged and no temporary file is left.
    """
    target = os.path.realpath(os.fspath(path))
    folder, name = os.path.split(target)
    remove_abandoned(folder, name)
    try:
        temporary, descriptor = claim(folder, name)
    except OSError as error:
        raise _about_the_folder(error, folder, path) from error
    try:
        with open(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            _keep_mode(target, file.fileno())
            os.fsync(file.fileno())
            # Closing gives up the lock, so the file has its last name by then.
            os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _about_the_folder(error: OSError, folder: str, path: str | os.PathLike[str]) -> OSError:
    """The same error about the folder and the path that was given, not about a temporary file."""
    text = message(
        "save",
        "there must be a folder to write the file in",
        f"{folder!r}: {error.strerror}",
        "os.makedirs makes one" if isinstance(error, FileNotFoundError) else None,
    )
    # OSError makes the subclass that errno says.
    return OSError(error.errno, text.rstrip("."), os.fspath(path))


def _keep_mode(target: str, descriptor: int) -> None:
    with contextlib.suppress(FileNotFoundError, AttributeError):
        os.fchmod(descriptor, stat.S_IMODE(os.stat(target).st_mode))


def _sync_folder(folder: str) -> None:
    """Make the rename itself durable; Windows cannot open a folder and does not need to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
