"""Where a data set's files are looked for, and what is said when they are not there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import message

__all__ = ["DatasetError", "Source", "cache_folder"]

VARIABLE = "TIDEGATE_DATA"


class DatasetError(ValueError):
    """A file of a data set is there, but is not the file that the loader was written for."""


def cache_folder() -> Path:
    """The user's cache folder for data: ``$XDG_CACHE_HOME/tidegate`` or ``~/.cache/tidegate``."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rule: a relative path is invalid and must be ignored.
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "tidegate"


@dataclass(frozen=True)
class Source:
    """The files of one data set: names and SHA-256, origin and licence.

    Args:
        name: of the loader, for its messages.
        folder: below ``TIDEGATE_DATA`` or the cache folder.
        files: file name -> SHA-256, as hexadecimal digits.
        origin: where a person finds the files.
        licence: what one may do with them.
    """

    name: str
    folder: str
    files: Mapping[str, str]
    origin: str
    licence: str

    def read(self, file: str) -> bytes:
        """The bytes of a file, checked against its SHA-256.

        Raises:
            FileNotFoundError: says what to put where.
            DatasetError: the file is another one, or damaged.
        """
        path = self.find(file)
        data = path.read_bytes()
        self.check(path, hashlib.sha256(data).hexdigest(), self.files[file])
        return data

    def find(self, file: str) -> Path:
        """The path of a file: first below ``TIDEGATE_DATA``, then below the cache folder."""
        for root in self.roots():
            path = root / self.folder / file
            if path.is_file():
                return path
        listed = ", ".join(f"{name} (SHA-256 {digest})" for name, digest in self.files.items())
        raise self.missing(file, listed)

    def missing(self, file: str, wanted: str) -> FileNotFoundError:
        """The error for files that are not there: what to take, from where, and where to put it."""
        looked = " and ".join(str(root / self.folder) for root in self.roots())
        return FileNotFoundError(
            message(
                self.name,
                f"{file} must lie in {looked}",
                "no such file",
                f"take {wanted} from {self.origin}. Licence: {self.licence}. Put it into "
                f"{cache_folder() / self.folder}, or set {VARIABLE} to the folder that "
                f"contains {self.folder}/",
            )
        )

    @staticmethod
    def roots() -> list[Path]:
        named = os.environ.get(VARIABLE, "")
        return ([Path(named)] if named else []) + [cache_folder()]

    def check(self, path: Path, digest: str, expected: str) -> None:
        """Compare checksums; ``DatasetError`` names the file and both."""
        if digest != expected:
            raise DatasetError(
                message(
                    self.name,
                    f"{path} must have SHA-256 {expected}",
                    digest,
                    f"the file is damaged or another version; take it again from {self.origin}",
                )
            )
